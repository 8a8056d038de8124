import type { Domain } from '../domain/model.ts'
import { baseOf, parentOf } from '../domain/names.ts'
import { DomainctlError } from '../errors.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'

/**
 * What another tenant has proven ownership of: one of these base names, or a wildcard that covers one directly (requirements
 * L9), or null. What was proven once counts, whatever the last look found. A removed domain reserves nothing here: during its
 * quarantine a fresh ownership TXT is what lets somebody else have the name (L8); with `removedSince` those alone are looked for.
 */
export async function provenOwner(
  db: Db,
  baseNames: string[],
  exceptTenant: string,
  { removedSince }: { removedSince?: Date } = {},
): Promise<string | null> {
  if (baseNames.length === 0) return null
  const parents = baseNames.map(parentOf)
  const owner = await db
    .selectFrom('domain_names')
    .innerJoin('domains', 'domains.id', 'domain_names.domain_id')
    .select('domain_names.name')
    .where((eb) =>
      eb.or([
        eb('base_name', 'in', baseNames),
        eb.and([
          eb('base_name', 'in', parents),
          eb(
            'domain_names.name',
            'in',
            parents.map((parent) => `*.${parent}`),
          ),
        ]),
      ]),
    )
    .where('ownership_proven_at', 'is not', null)
    .where('domain_names.tenant', '!=', exceptTenant)
    .where('domains.status', removedSince ? '=' : '!=', 'deleted')
    .$if(removedSince !== undefined, (query) =>
      query.where('status_since', '>=', removedSince?.getTime() ?? 0).where('next_action_at', 'is not', null),
    )
    .limit(1)
    .executeTakeFirst()
  return owner?.name ?? null
}

/** What this tenant's domains, removed ones among them, have for a base name: the oldest token, and every delegation target. */
export async function knownProofs(
  db: Db,
  tenant: string,
  baseName: string,
): Promise<{ token?: string; delegationTargets: string[] }> {
  const rows = await db
    .selectFrom('domain_names')
    .innerJoin('domains', 'domains.id', 'domain_names.domain_id')
    .select(['ownership_token', 'delegation_target'])
    .where('base_name', '=', baseName)
    .where('domain_names.tenant', '=', tenant)
    .orderBy('domains.created_at')
    .orderBy('domain_names.domain_id')
    .orderBy('position')
    .execute()
  const token = rows.find(({ ownership_token }) => ownership_token !== null)?.ownership_token
  const targets = rows.flatMap(({ delegation_target }) => delegation_target ?? [])
  return { ...(token && { token }), delegationTargets: [...new Set(targets)] }
}

/**
 * Refuses a proof of ownership that `domain` has now and did not have `before` when the name is another tenant's. Under a lock
 * on the name, so that of two that prove it at once one comes second.
 * @throws DomainctlError `OWNERSHIP_TAKEN`
 */
export async function assertOwnershipFree(
  db: Db,
  domain: Domain,
  before: { name: string; ownership_proven_at: number | null }[],
  engine: Engine,
): Promise<void> {
  const proven = new Set(before.filter(({ ownership_proven_at }) => ownership_proven_at !== null).map(({ name }) => name))
  const gained = domain.names.filter(({ name, ownership }) => ownership?.provenAt && !proven.has(name))
  if (gained.length === 0 || domain.status === 'deleted') return
  const bases = gained.map(({ name }) => baseOf(name))
  // In one order, so that no two wait for each other.
  for (const base of [...new Set(bases.flatMap((base) => [base, parentOf(base)]))].sort()) await engine.lock(db, `owner ${base}`)
  const owner = await provenOwner(db, bases, domain.tenant)
  if (owner === null) return
  throw new DomainctlError('OWNERSHIP_TAKEN', `Another tenant has proven ownership of ${owner}.`, {
    hint: 'The other tenant must remove it first; nobody else can have it until then.',
  })
}
