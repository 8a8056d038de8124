import type { ZoneAuthority } from '../contracts/dns.ts'
import type { ProviderAccess } from '../contracts/dns-provider.ts'
import type { ProviderTest, ProviderTestStep } from '../contracts/standing.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { unanswered, unlike, watchServers } from './provider-sighting.ts'
import { accessOf } from './provider-status.ts'
import {
  remove,
  removeWhatCame,
  STALE_AFTER,
  type TestRecord,
  testRecordIn,
  type Written,
  write,
} from './provider-test-record.ts'
import { findDelegatedZone, type TestedZone, zoneToTest } from './provider-test-zone.ts'
import { retold } from './retold.ts'
import { isByHand, type Services, signalOf } from './services.ts'
import { seenAnswers } from './sightings.ts'

/** How long, in ms, what the provider writes is looked for at servers that are not the provider's, so far as it knows. */
const ELSEWHERE_MS = 20_000

/** The contract's `testProvider`. */
export async function testProvider(services: Services, name: string, o: VerbOptions & { zone?: string }): Promise<ProviderTest> {
  if (isByHand(services, name)) throw nothingToTest(name)
  const test = startTest(services, name, o)
  const signal = signalOf(o)
  let access: ProviderAccess | undefined
  const isLetIn = await test.attempt('access', 'asking what the credential may do', async () => {
    access = await accessOf(services, name, signal)
    test.warnings.push(...(access?.warnings ?? []))
    return describeAccess(access)
  })
  if (!isLetIn) return test.end()

  const wanted = zoneToTest(services, name, o.zone, access)
  let tested: TestedZone | undefined
  await test.attempt('zone', 'looking for the zone', async () => {
    tested = await findDelegatedZone(services, name, { wanted, access, signal, warnings: test.warnings })
    return tested.explanation
  })
  if (!tested) return test.end()
  return testRecord(services, test, name, tested, signal)
}

/** Writes the record, looks for it, and takes it away whatever happened: a write that failed may have been made. */
async function testRecord(
  services: Services,
  test: RunningTest,
  provider: string,
  { zone, authority, elsewhere }: TestedZone,
  signal: AbortSignal,
): Promise<ProviderTest> {
  const record = testRecordIn(zone, services)
  const at: TestRecord = { provider, zone, record }
  const shown = `TXT ${record.name}`
  test.found = { zone: zone.name, record }
  let isLeftToPerson = false
  let written: Written = 'unsent'
  const isWritten = await test.attempt('write', `writing ${shown}`, async () => {
    const became = (now: Written) => {
      written = now
    }
    const { isByHand, removed } = await write(services, at, { signal, warnings: test.warnings, became })
    isLeftToPerson = isByHand
    const before = removed === 0 ? '' : ` ${removed} value(s) that earlier tests had left there were removed.`
    return `Wrote ${shown} "${record.value}".${before}`
  })
  if (isLeftToPerson) throw nothingToTest(provider)

  const isSeen =
    isWritten &&
    (await test.attempt('seen', `looking for ${shown} at every server of ${zone.name}`, async (step) => {
      const timeoutMs = Math.min(services.settings.propagationTimeoutMs, elsewhere === undefined ? Infinity : ELSEWHERE_MS)
      await awaitAtServers(services, test, step, { authority, record, isThere: true, elsewhere }, { signal, timeoutMs })
      return `${serversOf(step)} of ${zone.name} shows it.`
    }))

  const isRemoved = await cleanUp(services, test, at, written)
  if (isSeen && isRemoved) {
    await test.attempt('gone', `waiting until ${shown} is gone from every server of ${zone.name}`, async (step) => {
      const timeoutMs = services.settings.propagationTimeoutMs
      await awaitAtServers(services, test, step, { authority, record, isThere: false, elsewhere }, { signal, timeoutMs })
      return `${serversOf(step)} of ${zone.name} has let it go.`
    })
  }
  return test.end()
}

/** Takes the record away, so far as it can be there. */
async function cleanUp(services: Services, test: RunningTest, at: TestRecord, written: Written): Promise<boolean> {
  if (written === 'unsent') return true
  const shown = `TXT ${at.record.name} "${at.record.value}"`
  const isUnknown = written === 'unknown'
  const wait = isUnknown ? ', and looking once more whether it comes' : ''
  let mayCome = isUnknown
  const isRemoved = await test.attempt('remove', `removing TXT ${at.record.name}${wait}`, async () => {
    if (isUnknown) mayCome = !(await removeWhatCame(services, at))
    else await remove(services, at)
    if (written === 'refused') return `Nothing is left of ${shown}.`
    return mayCome ? `${shown} is not there so far.` : `Removed ${shown}${isUnknown ? ', which was written after all' : ''}.`
  })
  const later = `a test after ${STALE_AFTER / 60_000} minutes or more`
  if (isRemoved && mayCome) {
    test.warnings.push(
      `Whether ${at.provider} carries out the write is not known: ${shown} may still appear. If it does, remove it by hand; ${later} removes it, too.`,
    )
  }
  if (!isRemoved && written !== 'refused') {
    test.warnings.push(`${shown} may still be there: remove it by hand; ${later} tries to remove it again.`)
  }
  return isRemoved
}

/** @throws `DNS_NOT_PROPAGATED` */
async function awaitAtServers(
  services: Services,
  { warnings }: RunningTest,
  step: Pick<ProviderTestStep, 'seen'>,
  awaited: { authority: ZoneAuthority; record: TestRecord['record']; isThere: boolean; elsewhere: string | undefined },
  o: { signal: AbortSignal; timeoutMs: number },
): Promise<void> {
  const { authority: zone, record, isThere, elsewhere } = awaited
  const { isSeen, observation } = await watchServers(services, { zone, ...record, isThere }, o)
  step.seen = seenAnswers(observation)
  if (isSeen) {
    warnings.push(...unanswered(observation).filter((warning) => !warnings.includes(warning)))
    return
  }
  const servers = unlike(observation, { ...record, isThere })
  const what = isThere ? 'is not seen at' : 'is still seen at'
  const why = elsewhere === undefined ? '' : `${elsewhere} `
  throw new DomainctlError(
    'DNS_NOT_PROPAGATED',
    `${why}${Math.round(o.timeoutMs / 1000)} s after the change TXT ${record.name} ${what} ${servers}.`,
    {
      hint:
        elsewhere === undefined
          ? 'See whether these servers are in step with the provider; a slow provider needs a longer --propagation-timeout.'
          : 'Have the zone delegated to this provider at your registrar, or use the provider that serves it.',
      actor: elsewhere === undefined ? 'provider' : 'operator',
    },
  )
}

function serversOf({ seen = [] }: Pick<ProviderTestStep, 'seen'>): string {
  return seen.length === 1 ? 'The one server' : `Each of the ${seen.length} servers`
}

function describeAccess(access: ProviderAccess | undefined): string {
  if (!access) return 'This provider does not tell what its credential may do before a record is written.'
  const who = access.identity === undefined ? 'The credential works' : `The credential works, as that of ${access.identity}`
  const { length } = access.zones
  if (length === 0) return `${who}; ${access.complete ? 'it sees no zone' : 'which zones it sees is not told'}.`
  return `${who}; it sees ${access.complete ? '' : 'at least '}${length} zone${length === 1 ? '' : 's'}.`
}

function nothingToTest(name: string): DomainctlError {
  return new DomainctlError('USAGE', `There is nothing to test of ${name}: a person makes its records.`, {
    hint: 'Name a provider that writes records by itself; domainctl providers lists those that are configured.',
  })
}

/** Unlike other work, a test that was stopped is not continued. */
function withOwnHint(error: DomainctlError): DomainctlError {
  if (error.code !== 'INTERRUPTED') return error
  return retold(error, { hint: 'Run the test again when you want to know: it begins anew.' })
}

/** A test with what it has tried so far. */
interface RunningTest {
  warnings: string[]
  found: Pick<ProviderTest, 'zone' | 'record'>
  /** Tries one thing: whether it went well. What was found, `work` answers as a sentence. */
  attempt(
    step: ProviderTestStep['step'],
    message: string,
    work: (step: Pick<ProviderTestStep, 'seen'>) => Promise<string>,
  ): Promise<boolean>
  end(): ProviderTest
}

function startTest({ runtime }: Services, provider: string, o: VerbOptions): RunningTest {
  const steps: ProviderTestStep[] = []
  const now = () => runtime.clock.now().getTime()
  const test: RunningTest = {
    warnings: [],
    found: {},
    async attempt(step, message, work) {
      o.onProgress?.({ name: provider, message })
      const began = now()
      const found: Pick<ProviderTestStep, 'seen'> = {}
      try {
        const explanation = await work(found)
        steps.push({ step, ok: true, tookMs: now() - began, explanation, ...found })
        return true
      } catch (thrown) {
        const error = withOwnHint(toDomainctlError(thrown, o.signal))
        steps.push({ step, ok: false, tookMs: now() - began, explanation: error.message, ...found, error })
        return false
      }
    },
    end() {
      const error = steps.find((step) => step.error)?.error
      return { provider, ok: error === undefined, ...test.found, steps, warnings: test.warnings, ...(error && { error }) }
    },
  }
  return test
}
