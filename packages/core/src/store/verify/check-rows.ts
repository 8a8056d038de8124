import type { Selectable } from 'kysely'
import { baseOf } from '../../domain/names.ts'
import { assertRow } from '../cells.ts'
import { domainOf, nameOf } from '../domain-rows.ts'
import type { Schema } from '../schema.ts'
import { checkAccounts } from './check-accounts.ts'
import { checkCertificates } from './check-certificates.ts'
import { checkOrders } from './check-orders.ts'
import type { NewFinding } from './finding.ts'
import { unreadable } from './reason.ts'
import type { PageCheck, RowContext } from './row-context.ts'

type Rows<T extends keyof Schema> = Selectable<Schema[T]>[]

/** Of the tables of which more can be said than what each value is. Made anew for each reading: some go from row to row. */
export function pageChecks(): { [T in keyof Schema]?: PageCheck } {
  return {
    domains: each('domains', checkDomain),
    domain_names: each('domain_names', checkName),
    orders: pageOf<'orders'>(checkOrders),
    certificates: pageOf<'certificates'>(checkCertificates),
    accounts: pageOf<'accounts'>(checkAccounts),
    http_challenges: each('http_challenges', checkAnswer),
    ca_budgets: each('ca_budgets', checkBudget),
    audit: auditCheck(),
    data_keys: pageOf<'data_keys'>(checkDataKeys),
  }
}

/** The values were found to be what the schema says, so that they may be taken for it. */
function pageOf<T extends keyof Schema>(check: (rows: Rows<T>, context: RowContext) => void | Promise<void>): PageCheck {
  return (rows, context) =>
    check(
      rows.map(({ values }) => values as Rows<T>[number]),
      context,
    )
}

type FindingOfRow = Omit<NewFinding, 'table' | 'row'>

function each<T extends keyof Schema>(
  table: T,
  check: (row: Rows<T>[number], tell: (finding: FindingOfRow) => void, context: RowContext) => void,
): PageCheck {
  return (rows, context) => {
    for (const { id, values } of rows)
      check(values as Rows<T>[number], (finding) => context.findings.add({ table, row: id, ...finding }), context)
  }
}

function checkDomain(row: Rows<'domains'>[number], tell: (finding: FindingOfRow) => void, { keys }: RowContext): void {
  try {
    const { csr } = domainOf(assertRow('domains', row, row.id), [])
    if (csr && keys.request(csr.pem).publicKey !== csr.publicKey)
      tell({
        severity: 'error',
        kind: 'value',
        column: 'settings',
        what: 'The certificate request of the domain is for another key than its settings say.',
      })
  } catch (error) {
    tell({ severity: 'error', kind: 'value', what: unreadable(error) })
  }
  if (!nameIsGood(row.name)) tell({ severity: 'error', kind: 'value', column: 'name', what: 'name is not a domain name.' })
  if ((row.lease_owner === null) !== (row.lease_until === null))
    tell({
      severity: 'warning',
      kind: 'implausible',
      column: 'lease_owner',
      what: 'The lease has an owner without a time, or a time without an owner.',
    })
  if (row.updated_at < row.created_at)
    tell({
      severity: 'note',
      kind: 'implausible',
      column: 'updated_at',
      what: 'The domain was changed before it was made: a clock went back.',
    })
  if (row.status === 'active' && row.certificate_id === null)
    tell({
      severity: 'warning',
      kind: 'reference',
      column: 'certificate_id',
      what: 'The domain is active and has no certificate.',
      fix: 'Have one: `domainctl issue NAME --force`.',
    })
}

function checkName(row: Rows<'domain_names'>[number], tell: (finding: FindingOfRow) => void): void {
  const wrong = (column: string, what: string) => tell({ severity: 'error', kind: 'value', column, what })
  try {
    nameOf(row)
  } catch (error) {
    tell({ severity: 'error', kind: 'value', what: unreadable(error) })
  }
  if (!nameIsGood(row.name)) wrong('name', 'name is not a domain name.')
  else if (row.base_name !== baseOf(row.name)) wrong('base_name', 'base_name is not the name without its `*.`.')
  if ((row.ownership_state === null) !== (row.ownership_token === null))
    wrong('ownership_token', 'The proof of ownership has a state without a token, or a token without a state.')
  if ((row.delegation_state === null) !== (row.delegation_target === null))
    wrong('delegation_target', 'The delegation has a state without a target, or a target without a state.')
}

/** As the state has names (RFC 5890 §2.3.1): what people type was made that before. Lists of public suffixes change, so none is asked. */
function nameIsGood(name: string): boolean {
  return name.length <= 253 && NAME.test(name)
}

const NAME = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/

/** A key authorization is the token and the thumbprint of the account's key (RFC 8555 §8.1). */
function checkAnswer(row: Rows<'http_challenges'>[number], tell: (finding: FindingOfRow) => void): void {
  if (row.key_authorization.startsWith(`${row.token}.`)) return
  const what = 'The answer to the challenge is not for its token.'
  tell({ severity: 'error', kind: 'value', column: 'key_authorization', what })
}

function checkBudget(row: Rows<'ca_budgets'>[number], tell: (finding: FindingOfRow) => void): void {
  if (row.full_at >= row.taken_full_at) return
  const what = 'More is left of the limit with what is reserved than without.'
  const fix = 'Nothing has to be done: the next order of this CA counts it right.'
  tell({ severity: 'warning', kind: 'implausible', column: 'full_at', what, fix })
}

/** One is in use; without it nothing can be sealed. There are never more than a page. */
function checkDataKeys(rows: Rows<'data_keys'>, { findings }: RowContext): void {
  const inUse = new Set(rows.filter(({ retired_at }) => retired_at === null).map(({ id }) => id))
  if (inUse.size === 1) return
  const what = `${inUse.size === 0 ? 'No' : 'More than one'} data key is in use.`
  findings.add({ severity: 'error', kind: 'value', table: 'data_keys', column: 'retired_at', what })
}

/** The lines of the audit follow each other in time, unless a clock went back. */
function auditCheck(): PageCheck {
  let latest = Number.NEGATIVE_INFINITY
  return (rows, { findings }) => {
    for (const { id, values } of rows) {
      const at = Number(values.at)
      if (at < latest - CLOCK_STEP_MS) {
        const what = `The line is ${Math.round((latest - at) / 1000)} s older than the one before it: a clock went back.`
        const fix = 'Nothing has to be done; lines are in the order of their numbers.'
        findings.add({ severity: 'note', kind: 'implausible', table: 'audit', row: id, column: 'at', what, fix })
        // Told once, not for each line until the clock is where it was.
        latest = at
      }
      latest = Math.max(latest, at)
    }
  }
}

/** Clocks of machines that write to one state differ by minutes (requirements E2). */
const CLOCK_STEP_MS = 3_600_000
