import { join } from 'node:path'
import { systemClock, systemRandom } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { openSqliteStore } from '../../../core/src/store/open.ts'
import { sampleDomain } from '../../../core/src/testing/model-samples.ts'
import { runIn, temporaryFolder } from '../command.test.support.ts'

const QUARTER = 900_000

/** A state with a domain that was broken an hour ago, one that is, and one that has no certificate. */
async function filled(): Promise<{ folder: string; now: Date }> {
  const folder = await temporaryFolder()
  const store = await openSqliteStore(join(folder, '.domainctl', 'state.db'), { clock: systemClock(), random: systemRandom() })
  const now = new Date()
  for (const [name, isBroken] of [
    ['well.example', false],
    ['broken.example', true],
  ] as const) {
    const domain = sampleDomain({ name, status: 'active', certificateId: 'one' })
    await store.addDomain(domain, [])
    const lease = await store.claim(domain.id, { owner: 'me', ttlMs: 1000, isGone: () => false })
    if (lease) await store.commit(lease.lease, { domain }, { release: true })
    for (const before of [4, 3, 2, 1]) {
      const at = new Date(now.getTime() - before * QUARTER)
      const broken = isBroken && before < 3
      const claim = `${name} ${before}`
      await store.claimChecks(at, 1, { claim, forMs: 1, domainIds: [domain.id] })
      const found = { layer: 'tcp', code: 'TCP_REFUSED', address: '192.0.2.1', message: 'It refuses\u001b[2J connections' }
      const since = now.getTime() - 2 * QUARTER
      const damping = { is: broken ? 'broken' : 'ok', failures: 0, successes: 0, told: 'ok', reminders: 0, outages: [] } as const
      await store.saveCheck(
        {
          claim,
          domainId: domain.id,
          health: {
            damping: { ...damping, outages: [], ...(broken && { failedAt: since }) },
            checkedAt: at,
            nextCheckAt: new Date(at.getTime() + QUARTER),
            ...(broken && found),
          },
          span: broken ? { state: 'broken' } : { state: 'ok', ms: 20 },
          notices: [],
        },
        () => [],
      )
    }
  }
  await store.addDomain(sampleDomain({ name: 'new.example' }), [])
  await store.close()
  return { folder, now }
}

describe('health of the state', () => {
  it('prints a line for each domain, and exits 8 when one is broken', async () => {
    const { folder, now } = await filled()
    const { code, stdout } = await runIn(folder, ['health'], { now })
    expect(code).toBe(8)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^NAME +STATE +UP +CHECKED +PROBLEM$/),
      expect.stringMatching(/^broken\.example +broken +\d\d\.\d{3} % +15 minutes ago \(.*\) +tcp TCP_REFUSED 192\.0\.2\.1$/),
      expect.stringMatching(/^new\.example +unwatched +not measured +never$/),
      expect.stringMatching(/^well\.example +ok +100\.000 % +15 minutes ago/),
      '',
    ])
    expect((await runIn(folder, ['health', 'well.example', '--history', '30d'], { now })).code).toBe(0)
  })

  it('prints what checks have found', async () => {
    const { folder, now } = await filled()
    const { code, stdout } = await runIn(folder, ['health', 'broken.example', '--history', '2h'], { now })
    expect(code).toBe(8)
    expect(stdout).toMatch(/^broken\.example {2}broken\n {2}since +30 minutes ago/)
    expect(stdout).toMatch(/FROM +TO +STATE +CHECKS +MEAN +FOUND\n/)
    expect(stdout).toMatch(/ broken +\d +tcp TCP_REFUSED 192\.0\.2\.1\n/)
    expect(stdout).not.toContain('\u001b')
  })

  it('is the same for programs, without the history of a fleet', async () => {
    const { folder, now } = await filled()
    const { code, json } = await runIn(folder, ['health', '--json'], { now })
    expect(code).toBe(8)
    const document = json() as { domains: { name: string; history: object }[] }
    expect(document.domains).toMatchObject([
      { name: 'broken.example', state: 'broken', problem: { code: 'TCP_REFUSED' } },
      { name: 'new.example', state: 'unwatched', history: { uptime: null } },
      { name: 'well.example', state: 'ok', history: { uptime: 100 } },
    ])
    for (const { history } of document.domains) expect(history).not.toHaveProperty('spans')
    const detailed = (await runIn(folder, ['health', 'well.example', '--history', '30d', '--json'], { now })).json()
    expect(detailed).toMatchObject({
      domains: [
        { history: { spans: expect.arrayContaining([expect.objectContaining({ state: 'ok', ms: { mean: 20, most: 20 } })]) } },
      ],
    })
  })

  it.each(['31d', '0s', 'yesterday'])('refuses a history of %s', async (time) => {
    const folder = await temporaryFolder()
    const { code, stderr } = await runIn(folder, ['health', '--history', time])
    expect(code).toBe(2)
    expect(stderr).toContain('at most 30d')
  })

  it.each([
    ['--path', '/x'],
    ['--endpoint', '/healthz'],
  ])('refuses %s, since it measures nothing', async (flag, path) => {
    for (const args of [[], ['well.example', '--history', '1d']]) {
      const { code, stderr } = await runIn(await temporaryFolder(), ['health', ...args, flag, path])
      expect(code).toBe(2)
      expect(stderr).toContain(`${flag} says what is measured`)
    }
  })

  it('says of a name that is not there that it is not', async () => {
    const folder = await temporaryFolder()
    expect(await runIn(folder, ['health', 'none.example', '--history', '1d', '--json'])).toMatchObject({ code: 2 })
    expect((await runIn(folder, ['health'])).code).toBe(0)
  })
})
