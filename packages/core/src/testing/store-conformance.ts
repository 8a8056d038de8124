import { describe, it } from 'vitest'
import { checkAccountsAndAudit } from './store-conformance/accounts.ts'
import { checkAuditFilters } from './store-conformance/audit-filters.ts'
import { checkBudgets } from './store-conformance/budgets.ts'
import { checkCommits } from './store-conformance/commits.ts'
import { checkDomains } from './store-conformance/domains.ts'
import { checkHttpChallenges } from './store-conformance/http-challenges.ts'
import { checkKeyLeases } from './store-conformance/key-leases.ts'
import { checkLeases } from './store-conformance/leases.ts'
import { checkLists } from './store-conformance/lists.ts'
import { checkOwnership } from './store-conformance/ownership.ts'
import { StoreTest, type StoreUnderTest } from './store-conformance/store-test.ts'

export type { StoreUnderTest }

/** Checks that a store does what `contracts/store.ts` says. `open` is called for each test and gives an empty store. */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    const t = new StoreTest(open)
    checkDomains(t)
    checkLists(t)
    checkLeases(t)
    checkKeyLeases(t)
    checkCommits(t)
    checkHttpChallenges(t)
    checkOwnership(t)
    checkAccountsAndAudit(t)
    checkBudgets(t)
    checkAuditFilters(t)

    it('can be closed twice', async () => {
      await t.store.close()
      await t.store.close()
    })
  })
}
