import { TENANT } from '../../domain/ids.ts'
import type { Schema } from '../schema.ts'
import type { Findings } from './finding.ts'
import type { RawRow } from './inspection.ts'

/** How a text has to look, and in which words it is told that it does not. */
interface Form {
  pattern: RegExp
  is: string
}

const tenant: Form = { pattern: TENANT, is: 'the id of a tenant' }
const url: Form = { pattern: /^https?:\/\/[!-~]+$/, is: 'a URL' }
const something: Form = { pattern: /\S/, is: 'a text with something in it' }
const keyId: Form = { pattern: /^[0-9a-f]{16}$/, is: 'the id of a key' }
const type: Form = { pattern: /^[A-Z][A-Z0-9]*$/, is: 'the type of a DNS record' }

/** Columns whose texts domainctl writes in one form alone. The readers take them as they are, so that nothing fails for them. */
const FORMS: { readonly [T in keyof Schema]?: { readonly [C in keyof Schema[T]]?: Form } } = {
  domains: { id: something, tenant },
  domain_names: {
    tenant,
    ownership_token: something,
    routing_target: something,
    delegation_target: something,
  },
  former_domain_ids: { tenant, former_id: something },
  orders: { id: something, tenant, ca: url, url, finalize_url: url, certificate_url: url, account_id: something },
  certificates: { id: something, tenant, ca: url, renew_reason: something },
  records: { id: something, tenant, provider: something, zone_id: something, zone_name: something, name: something, type },
  http_challenges: { token: something, tenant, order_id: something, name: something, file: something },
  deployments: { tenant, target: something, certificate_id: something, fingerprint: something },
  key_leases: { key: something, id: something, owner: something },
  accounts: { id: something, tenant, ca: url, name: something, url },
  audit: { tenant, who: something, event: something, domain_id: something },
  ca_circuits: { ca: url, reason: something },
  ca_budgets: { ca: url, subject: something },
  notices: { id: something, tenant, event: something, domain_id: something, sameness: something },
  notice_deliveries: { id: something, tenant, channel: something, event: something, claim: something, claimed_by: something },
  delivered_notices: { tenant, delivery_id: something, notice_id: something, subject: something },
  data_keys: { id: keyId, wrapped_by: keyId },
}

/** Looks at the texts of a row that can be read. */
export function checkForms(table: string, { id, values }: RawRow, findings: Findings): void {
  const forms: Readonly<Record<string, Readonly<Record<string, Form | undefined>> | undefined>> = FORMS
  for (const [column, form] of Object.entries(forms[table] ?? {})) {
    const value = values[column]
    if (!form || typeof value !== 'string' || form.pattern.test(value)) continue
    findings.add({ severity: 'warning', kind: 'value', table, row: id, column, what: `${column} is not ${form.is}.` })
  }
}
