import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Domainctl } from './contracts/domainctl.ts'
import type { Store } from './contracts/store.ts'
import { createDomainctl } from './create.ts'
import { toDomainctlError } from './errors.ts'
import { byHand } from './lifecycle/by-hand.test.support.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { openSqliteStore } from './store/open.ts'
import { ALL_CELLS, DAMAGES, damageCell } from './store/verify/damage.test.support.ts'
import { fillGoodState } from './store/verify/good-state.test.support.ts'
import { sampleEvent } from './testing/model-samples.ts'

const runtime = { clock: systemClock(), random: systemRandom() }
const CA = 'https://ca.example/directory'
const NAMES = ['shop.example.com', 'csr.example.com']
const DAY_MS = 86_400_000

/** What commands do without the network: each ends, with what it was asked for or with a code that says why not. */
const VERBS: ((domainctl: Domainctl) => Promise<unknown>)[] = [
  async (domainctl) => JSON.stringify(await domainctl.list({ tenant: null })),
  (domainctl) => domainctl.list({ status: 'active', labels: { team: 'shop' }, expiringBefore: new Date() }),
  (domainctl) => domainctl.accounts(),
  (domainctl) => domainctl.exportAccountKey(),
  (domainctl) => domainctl.budgets(),
  (domainctl) => domainctl.renewals({ all: true }),
  (domainctl) => domainctl.challengeResponse('token-1'),
  (domainctl) => domainctl.add('new.example.com', { ownership: 'none' }),
  ...NAMES.flatMap((name): typeof VERBS => [
    async (domainctl) => JSON.stringify(await domainctl.get(name)),
    async (domainctl) => JSON.stringify(await domainctl.history(name)),
    (domainctl) => domainctl.export(name),
    (domainctl) => domainctl.budgets({ name }),
  ]),
]

/** The writes that verbs are made of. */
async function work(store: Store): Promise<void> {
  const now = runtime.clock.now()
  await store.dueDomains(now, 10)
  await store.plannedRenewals(now, new Date(now.getTime() + 90 * DAY_MS), 10)
  await store.claimKey('rrset z/shop.example.com', { id: 'other', owner: 'me', ttlMs: 1, isGone: () => true })
  await store.caCircuits([CA])
  const claimed = await store.claim(
    { tenant: 'default', name: 'shop.example.com' },
    { owner: 'me', ttlMs: 1, isGone: () => true },
  )
  if (!claimed) return
  const order = await store.openOrder(claimed.domain.id)
  await store.recordsAt('_acme-challenge.shop.example.com', 'TXT')
  await store.commit(claimed.lease, { domain: claimed.domain, ...(order && { order }), events: [sampleEvent('looked')] })
}

describe('a state that somebody has changed by hand', () => {
  let folder: string
  let copies = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-damaged-'))
    const store = await openSqliteStore(join(folder, 'good.db'), runtime)
    await fillGoodState(store, runtime.clock.now())
    await store.close()
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** What a copy of the state with one damaged cell makes of all that is done with it: faults of ours. */
  async function faults(table: string, column: string, sql: string): Promise<string[]> {
    copies += 1
    const path = join(folder, `copy-${copies}.db`)
    await cp(join(folder, 'good.db'), path)
    await cp(join(folder, 'good.db.key'), `${path}.key`)
    if (!damageCell(path, { table, column, sql })) return []
    const found: string[] = []
    const note = (thrown: unknown) => {
      const error = toDomainctlError(thrown)
      if (error.code === 'INTERNAL')
        found.push(`${table}.${column} = ${sql}: ${error.message} ${error.cause instanceof Error ? error.cause.stack : ''}`)
    }
    try {
      const domainctl = await createDomainctl({ state: `file:${path}`, ca: CA, providers: { bind: byHand }, provider: 'bind' })
      for (const verb of VERBS) await verb(domainctl).catch(note)
      await domainctl.close()
      const store = await openSqliteStore(path, runtime)
      await work(store).catch(note)
      await store.close()
    } catch (error) {
      note(error)
    }
    await rm(path)
    return found
  }

  // Each of them once did.
  it.each([
    ['domains', 'id', "x'00ff'"],
    ['former_domain_ids', 'former_id', "x'00ff'"],
    ['health', 'checked_at', "''"],
    ['audit', 'seq', '-1'],
  ])('ends no command with a fault of ours: %s.%s = %s', async (table, column, sql) => {
    expect(await faults(table, column, sql)).toEqual([])
  })

  it('ends no command with a fault of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ALL_CELLS), fc.constantFrom(...DAMAGES), async ([table, column], sql) => {
        expect(await faults(table, column, sql)).toEqual([])
      }),
      { numRuns: 30 },
    )
    // Each opens the state twice and asks all of it.
  }, 120_000)
})
