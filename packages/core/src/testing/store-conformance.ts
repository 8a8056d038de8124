import { afterEach, beforeEach, describe, it } from 'vitest'
import { checkAccountsAndAudit } from './store-conformance/accounts.ts'
import { checkAuditFilters } from './store-conformance/audit-filters.ts'
import { checkBudgets } from './store-conformance/budgets.ts'
import { checkCommits } from './store-conformance/commits.ts'
import { checkDeployments } from './store-conformance/deployments.ts'
import { checkDomains } from './store-conformance/domains.ts'
import { checkDueClaims } from './store-conformance/due-claims.ts'
import { checkErasing } from './store-conformance/erasing.ts'
import { checkHealth } from './store-conformance/health.ts'
import { checkHealthHistory } from './store-conformance/health-history.ts'
import { checkHttpChallenges } from './store-conformance/http-challenges.ts'
import { checkKeyLeases } from './store-conformance/key-leases.ts'
import { checkLeases } from './store-conformance/leases.ts'
import { checkLists } from './store-conformance/lists.ts'
import { checkOutbox } from './store-conformance/outbox.ts'
import { checkOwnership } from './store-conformance/ownership.ts'
import { checkProcesses } from './store-conformance/processes.ts'
import { checkRefusals } from './store-conformance/refusals.ts'
import { checkSecrets } from './store-conformance/secrets.ts'
import { checkSequences } from './store-conformance/sequences.ts'
import { StoreTest, type StoreUnderTest, type TestRunner } from './store-conformance/store-test.ts'
import { checkValues } from './store-conformance/values.ts'

export type { StoreUnderTest, TestRunner }

const VITEST: TestRunner = { describe, it, beforeEach, afterEach }

/**
 * The specification of {@link Store} as tests: every store has to pass them. `open` is called for each test and gives an empty
 * store. They run under vitest; with `runner` under another one that has the same four functions (vitest is still needed, for what
 * it expects).
 *
 * @example
 * describeStore('my store', async () => ({ store, clock, close, again, dump }))
 * // node --test
 * import * as runner from 'node:test'
 * describeStore('my store', open, runner)
 */
export function describeStore(name: string, open: () => Promise<StoreUnderTest>, runner: TestRunner = VITEST): void {
  runner.describe(name, () => {
    const t = new StoreTest(open, runner)
    checkDomains(t)
    checkLists(t)
    checkLeases(t)
    checkDueClaims(t)
    checkKeyLeases(t)
    checkCommits(t)
    checkErasing(t)
    checkHttpChallenges(t)
    checkOutbox(t)
    checkDeployments(t)
    checkOwnership(t)
    checkAccountsAndAudit(t)
    checkBudgets(t)
    checkAuditFilters(t)
    checkRefusals(t)
    checkSequences(t)
    checkValues(t)
    checkProcesses(t)
    checkSecrets(t)
    checkHealth(t)
    checkHealthHistory(t)

    runner.it('can be closed twice', async () => {
      await t.store.close()
      await t.store.close()
    })
  })
}
