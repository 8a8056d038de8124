import type { Selectable } from 'kysely'
import type { Certificate } from '../domain/model.ts'
import { assertRow } from './cells.ts'
import { dateOrNull, readAdvice, readArray, timeOrNull, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import { keepExpiry } from './expiring.ts'
import type { CertificatesTable } from './schema.ts'
import type { Seal, SealedCell } from './seal.ts'

/** What a list shows of a certificate: all but the chain and the key. */
export type CertificateSummary = Omit<Certificate, 'privateKey' | 'chain'>

export async function getCertificate(db: Db, id: string, seal: Seal): Promise<Certificate | null> {
  const row = await db.selectFrom('certificates').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? certificateOf(row, seal) : null
}

/** @throws UnreadableValue */
export async function certificateOf(row: Selectable<CertificatesTable>, seal: Seal): Promise<Certificate> {
  assertRow('certificates', row, row.id)
  const privateKey = await seal.open(row.private_key, keyCell(row))
  return { ...summaryOf(row), chain: row.chain, ...(privateKey !== '' && { privateKey }) }
}

/** Of all tenants: a key in wrong hands is that for everybody. */
export async function compromisedChains(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('certificates').select('chain').where('revocation_reason', '=', 'keyCompromise').execute()
  return rows.map(({ chain }) => chain)
}

/** Those of `ids` that are there, by id; one query, and no key is opened. */
export async function summaries(db: Db, ids: string[]): Promise<Map<string, CertificateSummary>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('certificates').select(SUMMARY_COLUMNS).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, summaryOf(row)]))
}

/** Inserts the certificate, or replaces the one with its id. */
export async function saveCertificate(db: Db, certificate: Certificate, seal: Seal): Promise<void> {
  const { id, ...rest } = await certificateRow(certificate, seal)
  await db
    .insertInto('certificates')
    .values({ id, ...rest })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
    .execute()
  await keepExpiry(db, certificate)
}

async function certificateRow(certificate: Certificate, seal: Seal): Promise<Selectable<CertificatesTable>> {
  return {
    id: certificate.id,
    tenant: certificate.tenant,
    domain_id: certificate.domainId,
    order_id: certificate.orderId ?? '',
    ca: certificate.ca,
    account_id: certificate.accountId ?? '',
    chain: certificate.chain,
    private_key: await seal.close(certificate.privateKey ?? '', keyCell(certificate)),
    key_type: certificate.keyType,
    serial: certificate.serial,
    fingerprint: certificate.fingerprint,
    issuer: certificate.issuer,
    names: JSON.stringify(certificate.names),
    not_before: certificate.notBefore.getTime(),
    not_after: certificate.notAfter.getTime(),
    renew_at: certificate.renewAt.getTime(),
    renew_reason: certificate.renewReason,
    revoked_at: timeOrNull(certificate.revokedAt),
    revocation_reason: certificate.revocationReason ?? null,
    renewal_advice: certificate.advice ? JSON.stringify(certificate.advice) : null,
    created_at: certificate.createdAt.getTime(),
  }
}

/** The columns of a {@link CertificateSummary}. */
const SUMMARY_COLUMNS = [
  'id',
  'tenant',
  'domain_id',
  'order_id',
  'ca',
  'account_id',
  'key_type',
  'serial',
  'fingerprint',
  'issuer',
  'names',
  'not_before',
  'not_after',
  'renew_at',
  'renew_reason',
  'renewal_advice',
  'revoked_at',
  'revocation_reason',
  'created_at',
] as const satisfies (keyof CertificatesTable)[]

/** @throws UnreadableValue */
export function summaryOf(row: Pick<Selectable<CertificatesTable>, (typeof SUMMARY_COLUMNS)[number]>): CertificateSummary {
  assertRow('certificates', row, row.id)
  return {
    id: row.id,
    tenant: row.tenant,
    domainId: row.domain_id,
    ...(row.order_id !== '' && { orderId: row.order_id }),
    ca: row.ca,
    ...(row.account_id !== '' && { accountId: row.account_id }),
    keyType: row.key_type,
    serial: row.serial,
    fingerprint: row.fingerprint,
    issuer: row.issuer,
    names: readArray<string>(row.names, { table: 'certificates', row: row.id, column: 'names' }),
    notBefore: new Date(row.not_before),
    notAfter: new Date(row.not_after),
    renewAt: new Date(row.renew_at),
    renewReason: row.renew_reason,
    createdAt: new Date(row.created_at),
    ...withoutNulls({
      advice: readAdvice(row.renewal_advice, { table: 'certificates', row: row.id, column: 'renewal_advice' }),
      revokedAt: dateOrNull(row.revoked_at),
      revocationReason: row.revocation_reason,
    }),
  }
}

function keyCell({ id, tenant }: { id: string; tenant: string }): SealedCell {
  return { table: 'certificates', row: id, column: 'private_key', tenant }
}
