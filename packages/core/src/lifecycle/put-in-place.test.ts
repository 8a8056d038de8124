import { describe, expect, it } from 'vitest'
import type { Changes } from '../contracts/store.ts'
import { begun, type Deployment, settled, wanted } from '../domain/deployment.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleCertificate, sampleDomain } from '../testing/model-samples.ts'
import { putInPlace } from './put-in-place.ts'
import type { Step } from './step.ts'

const DAY = 24 * 60 * 60_000
const domain = sampleDomain()
const place = { tenant: domain.tenant, domainId: domain.id, target: 'web' }
const day = (n: number) => new Date(SAMPLE_TIME.getTime() + n * DAY)
const first = sampleCertificate(domain, { id: 'first', serial: '01', fingerprint: '11'.repeat(32), notAfter: day(30) })
const second = sampleCertificate(domain, {
  id: 'second',
  serial: '02',
  fingerprint: '22'.repeat(32),
  notAfter: day(90),
  renewAt: day(60),
})
const wantedHere = (certificate: typeof first, before?: Deployment) => wanted(before, certificate, place, SAMPLE_TIME)
const served = settled(begun(wantedHere(first), SAMPLE_TIME), { now: SAMPLE_TIME, proven: true })

/** A step on the domain, whose target does what it is asked to, and whose server shows what `shown` says. */
function openStep(shown: () => Promise<string>) {
  const clock = manualClock(SAMPLE_TIME)
  const { signal } = new AbortController()
  const placed: string[] = []
  const commits: Changes[] = []
  const target = {
    async deploy({ serial }: { serial: string }) {
      placed.push(serial)
      return { changed: true, undo: async () => void placed.push('undone') }
    },
  }
  const services = {
    runtime: { clock, logger: { log: () => undefined } },
    store: { getCertificate: async (id: string) => [first, second].find((one) => one.id === id) ?? null },
    target: () => ({ target, proveAt: ['127.0.0.1:443'], proveTimeoutMs: 1_000 }),
    tls: async () => ({ leaf: async () => ({ fingerprint: await shown() }) }),
  }
  const step = {
    services,
    domain,
    claimed: { certificate: second, records: [] },
    signal,
    held: signal,
    report: () => undefined,
    event: (event: string) => ({ event }),
    commit: async (changes: Changes) => void commits.push(changes),
  } as unknown as Step
  return { step, placed, commits }
}

describe('what could not be proven', () => {
  it('and was put back is served again, also where the server takes a moment for that', async () => {
    let looks = 0
    const { step, placed } = openStep(async () => {
      if (!placed.includes('undone')) return 'another'
      looks += 1
      return looks > 1 ? first.fingerprint : 'another'
    })
    const { error } = await putInPlace(step, { row: wantedHere(second, served), certificate: second, reason: 'deploy' })
    expect(error).toMatchObject({
      code: 'DEPLOY_UNPROVEN',
      message: expect.stringMatching(/\(certificate 01\), and is served\.$/),
    })
    expect(placed).toEqual(['02', 'undone'])
  })

  it('is told as that, also where nobody could look once it was put back', async () => {
    const { step, placed, commits } = openStep(async () => {
      if (placed.includes('undone')) throw new Error('the time is over')
      return 'another'
    })
    const { error } = await putInPlace(step, { row: wantedHere(second, served), certificate: second, reason: 'deploy' })
    expect(error).toMatchObject({ code: 'DEPLOY_UNPROVEN', message: expect.stringContaining('put back') })
    expect(error?.message).toContain('the time is over')
    expect(commits.at(-1)?.deployments).toMatchObject([{ status: 'failed', lastError: { code: 'DEPLOY_UNPROVEN' } }])
  })
})

describe('a certificate that a person goes back to', () => {
  const later = settled(begun(wantedHere(second, served), SAMPLE_TIME), { now: SAMPLE_TIME, proven: true })
  const back = async (certificate: typeof first) => {
    const { step } = openStep(async () => certificate.fingerprint)
    const row = { ...later, certificateId: certificate.id, fingerprint: certificate.fingerprint }
    return putInPlace(step, { row, certificate, reason: 'rollback' })
  }

  it('and that ends before the next renewal is said to', async () => {
    const { done, warnings } = await back(first)
    expect(done).toBe('rolled back')
    expect(warnings).toEqual([expect.stringContaining(`ends at ${day(30).toISOString()}, before the next renewal`)])
  })

  it('and that lives for longer is put there without a word', async () => {
    expect(await back({ ...first, notAfter: day(61) })).toMatchObject({ done: 'rolled back', warnings: [] })
  })
})
