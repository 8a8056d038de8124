import type { VerbOptions } from '../contracts/verb-options.ts'
import type { HttpChallenge } from '../domain/http-challenge.ts'
import type { Domain } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { reasonOf } from './reason.ts'
import { remove } from './remove.ts'
import { notFound, type Services } from './services.ts'
import { step } from './step.ts'

/**
 * Ends the quarantine of a removed domain at once (requirements L8): what it has left in the DNS is taken away, then all that the
 * state has of it is erased, keys of certificates included, so that whoever has the name next has it without a fresh ownership record.
 * The audit stays. One whose key was said to be in wrong hands is kept, as at the end of its time: that key is refused for ever.
 * @returns whether nothing is left of it
 * @throws `DOMAIN_STATUS` for one that is not removed, `USAGE`, and what `remove` throws when records are left: it is kept then
 */
export async function release(services: Services, name: string, o: VerbOptions & { reason?: string }): Promise<boolean> {
  const { store, settings } = services
  const reason = o.reason === undefined ? 'no reason was given' : reasonOf(o.reason, 'a release')
  const domain = await store.getDomain(settings.tenant, name)
  if (!domain) throw notFound(name)
  assertRemoved(domain)
  const left = [...(await store.recordsOf(domain.id)), ...(await store.httpChallengesOf(domain.id))]
  if (left.length > 0) await remove(services, name, { ...o, onlyAgain: true })
  return step(services, name, o, async (current) => {
    assertRemoved(current.domain)
    // Records that may appear yet keep no domain from being removed, but one that is erased could not look for them any more.
    const { id } = current.domain
    const late = await store.recordsOf(id)
    if (late.length > 0) throw stillLeft(name, late.length)
    // Nor would anybody know of a file that could not be taken away.
    const answers = await store.httpChallengesOf(id)
    if (answers.length > 0) throw answersLeft(name, answers)
    if (await current.erase([current.event('domain.released', reason)])) return true
    const { nextActionAt, ...kept } = current.domain
    // Said before.
    if (!nextActionAt) return false
    const why = `${reason}; it is kept for a key that was said to be in wrong hands`
    await current.commit({ domain: kept, events: [current.event('domain.released', why)] }, { release: true })
    return false
  })
}

function assertRemoved({ name, status }: Domain): void {
  if (status === 'deleted') return
  throw new DomainctlError('DOMAIN_STATUS', `${name} is ${status}: it is in no quarantine that could be ended.`, {
    hint: `To take it away first: domainctl remove ${name}`,
  })
}

function answersLeft(name: string, answers: readonly HttpChallenge[]): DomainctlError {
  const files = answers.map(({ file, token }) => file ?? token).join(', ')
  return new DomainctlError('DOMAIN_STATUS', `What answered HTTP-01 challenges of ${name} is still there: ${files}`, {
    hint: `See that it can be written there, or take it away by hand, then: domainctl release ${name}`,
  })
}

function stillLeft(name: string, count: number): DomainctlError {
  return new DomainctlError(
    'DOMAIN_STATUS',
    `${count} record(s) of ${name} may still appear in the DNS, and have to be taken away.`,
    {
      hint: `Later: domainctl remove ${name}, then release it again; or leave it to domainctl run.`,
    },
  )
}
