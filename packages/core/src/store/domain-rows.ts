import type { Selectable } from 'kysely'
import type { Domain, DomainName } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { assertRow } from './cells.ts'
import { dateOrNull, failureOrNull, readArray, readFailure, readObject, readWaits, timeOrNull, withoutNulls } from './columns.ts'
import type { DomainNamesTable, DomainsTable } from './schema.ts'

type Column =
  | 'id'
  | 'tenant'
  | 'name'
  | 'names'
  | 'status'
  | 'statusSince'
  | 'labels'
  | 'attempts'
  | 'lastError'
  | 'caNotBefore'
  | 'nextActionAt'
  | 'certificateId'
  | 'createdAt'
  | 'updatedAt'

/** What has no column of its own: plain JSON, so that a setting more needs no migration. */
type Settings = Omit<Domain, Column>

/** What JSON gives back as it was. */
type Plain = string | number | boolean | undefined | readonly Plain[] | { readonly [key: string]: Plain }

/** The columns that a lease does not own, and that follow from nothing else. */
export type DomainRow = Omit<Selectable<DomainsTable>, 'lease_owner' | 'lease_until' | 'lease_fence' | 'expires_at'>

export const DOMAIN_COLUMNS = [
  'domains.id',
  'domains.tenant',
  'domains.name',
  'domains.status',
  'domains.status_since',
  'domains.settings',
  'domains.labels',
  'domains.attempts',
  'domains.last_error',
  'domains.ca_waits',
  'domains.next_action_at',
  'domains.certificate_id',
  'domains.created_at',
  'domains.updated_at',
] as const satisfies `domains.${keyof DomainRow}`[]

export function domainRow(domain: Domain): DomainRow {
  const {
    id,
    tenant,
    name,
    names: _,
    status,
    statusSince,
    labels,
    attempts,
    lastError,
    caNotBefore,
    nextActionAt,
    certificateId,
    createdAt,
    updatedAt,
    ...settings
  } = domain
  const plain: { [setting: string]: Plain } = settings
  return {
    id,
    tenant,
    name,
    status,
    status_since: statusSince.getTime(),
    settings: JSON.stringify(plain),
    labels: JSON.stringify(labels),
    attempts,
    last_error: failureOrNull(lastError),
    ca_waits: caNotBefore ? JSON.stringify(caNotBefore) : null,
    next_action_at: timeOrNull(nextActionAt),
    certificate_id: certificateId ?? null,
    created_at: createdAt.getTime(),
    updated_at: updatedAt.getTime(),
  }
}

/** The domain of a row that was asserted. @throws UnreadableValue */
export function domainOf(row: DomainRow, names: DomainName[]): Domain {
  const cell = (column: string) => ({ table: 'domains', row: row.id, column })
  return {
    ...readObject<Settings>(row.settings, cell('settings')),
    id: row.id,
    tenant: row.tenant,
    name: row.name,
    names,
    status: row.status,
    statusSince: new Date(row.status_since),
    labels: readObject<Record<string, string>>(row.labels, cell('labels')),
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...withoutNulls({
      lastError: readFailure(row.last_error, cell('last_error')),
      caNotBefore: readWaits(row.ca_waits, cell('ca_waits')),
      nextActionAt: dateOrNull(row.next_action_at),
      certificateId: row.certificate_id,
    }),
  }
}

export function nameRows({ id, tenant, names }: Domain): Selectable<DomainNamesTable>[] {
  return names.map(({ name, ownership, routing, delegation }, position) => ({
    domain_id: id,
    tenant,
    position,
    name,
    base_name: baseOf(name),
    ownership_state: ownership?.state ?? null,
    ownership_token: ownership?.token ?? null,
    ownership_checked_at: timeOrNull(ownership?.checkedAt),
    ownership_proven_at: timeOrNull(ownership?.provenAt),
    ownership_missing_since: timeOrNull(ownership?.missingSince),
    routing_state: routing?.state ?? null,
    routing_target: routing?.target ?? null,
    routing_addresses: routing?.addresses ? JSON.stringify(routing.addresses) : null,
    routing_checked_at: timeOrNull(routing?.checkedAt),
    delegation_state: delegation?.state ?? null,
    delegation_target: delegation?.target ?? null,
    delegation_checked_at: timeOrNull(delegation?.checkedAt),
  }))
}

/** @throws UnreadableValue */
export function nameOf(row: Selectable<DomainNamesTable>): DomainName {
  const { ownership_state, ownership_token, routing_state, delegation_state, delegation_target } = assertRow(
    'domain_names',
    row,
    row.domain_id,
  )
  const addresses = { table: 'domain_names', row: row.domain_id, column: 'routing_addresses' }
  return {
    name: row.name,
    ...(ownership_state !== null &&
      ownership_token !== null && {
        ownership: {
          state: ownership_state,
          token: ownership_token,
          ...withoutNulls({
            checkedAt: dateOrNull(row.ownership_checked_at),
            provenAt: dateOrNull(row.ownership_proven_at),
            missingSince: dateOrNull(row.ownership_missing_since),
          }),
        },
      }),
    ...(routing_state !== null && {
      routing: {
        state: routing_state,
        ...withoutNulls({
          target: row.routing_target,
          addresses: row.routing_addresses === null ? null : readArray<string>(row.routing_addresses, addresses),
          checkedAt: dateOrNull(row.routing_checked_at),
        }),
      },
    }),
    ...(delegation_state !== null &&
      delegation_target !== null && {
        delegation: {
          state: delegation_state,
          target: delegation_target,
          ...withoutNulls({ checkedAt: dateOrNull(row.delegation_checked_at) }),
        },
      }),
  }
}
