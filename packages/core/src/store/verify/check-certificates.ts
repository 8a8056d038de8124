import type { Selectable } from 'kysely'
import type { ChainFacts, KeyFacts } from '../../contracts/key-material.ts'
import { summaryOf } from '../certificates.ts'
import type { CertificatesTable } from '../schema.ts'
import { keyOfCell, openCell } from './check-keys.ts'
import { reasonOf, unreadable } from './reason.ts'
import type { RowContext } from './row-context.ts'

type Row = Selectable<CertificatesTable>

/** What is kept of a certificate is what it says itself, and it is for the key that is kept with it. */
export async function checkCertificates(rows: readonly Row[], context: RowContext): Promise<void> {
  const foreign: { row: Row; facts: ChainFacts }[] = []
  for (const row of rows) {
    const cell = { table: 'certificates', row: row.id, column: 'private_key', tenant: row.tenant }
    const facts = factsOf(row, context)
    const pem = await openCell(row.private_key, cell, context)
    if (facts) checkColumns(row, facts, context)
    if (row.renew_at > row.not_after) implausible(row, 'renew_at', 'It is to be renewed after it has ended.', context)
    if (pem === null) continue
    if (pem === '') {
      if (facts) foreign.push({ row, facts })
      continue
    }
    const key = keyOfCell(pem, cell, row.key_type, context)
    if (key && facts) checkKey(row, facts, key, { what: 'the key that is kept with it', context })
  }
  await checkForeign(foreign, context)
}

function factsOf(row: Row, { keys, findings }: RowContext): ChainFacts | null {
  const wrong = (what: string) =>
    findings.add({ severity: 'error', kind: 'certificate', table: 'certificates', row: row.id, column: 'chain', what })
  try {
    return keys.chain(row.chain)
  } catch (error) {
    wrong(`The chain cannot be read: ${reasonOf(error)}.`)
    return null
  }
}

function checkColumns(row: Row, facts: ChainFacts, { findings }: RowContext): void {
  try {
    const kept = summaryOf(row)
    const differ: [column: string, same: boolean][] = [
      ['serial', kept.serial === facts.serial],
      ['fingerprint', kept.fingerprint === facts.fingerprint],
      ['issuer', kept.issuer === facts.issuer],
      ['names', kept.names.toSorted().join() === facts.names.toSorted().join()],
      ['not_before', kept.notBefore.getTime() === facts.notBefore.getTime()],
      ['not_after', kept.notAfter.getTime() === facts.notAfter.getTime()],
      ['key_type', kept.keyType === facts.keyType],
    ]
    for (const [column, same] of differ) {
      if (same) continue
      const what = `${column} is not what the certificate says.`
      findings.add({ severity: 'error', kind: 'certificate', table: 'certificates', row: row.id, column, what })
    }
  } catch (error) {
    findings.add({ severity: 'error', kind: 'value', table: 'certificates', row: row.id, what: unreadable(error) })
  }
}

function checkKey(row: Row, facts: ChainFacts, key: KeyFacts, { what, context }: { what: string; context: RowContext }): void {
  if (key.publicKey === facts.publicKey) return
  const found = `The certificate is for another key than ${what}.`
  context.findings.add({
    severity: 'error',
    kind: 'certificate',
    table: 'certificates',
    row: row.id,
    column: 'private_key',
    what: found,
  })
}

/** A certificate without a key was issued for a request, which its order has. */
async function checkForeign(found: readonly { row: Row; facts: ChainFacts }[], context: RowContext): Promise<void> {
  if (found.length === 0) return
  const { db, keys, findings } = context
  const ids = found.map(({ row }) => row.order_id)
  const orders = await db.selectFrom('orders').select(['id', 'csr']).where('id', 'in', ids).execute()
  const requests = new Map(orders.map(({ id, csr }) => [id, csr]))
  for (const { row, facts } of found) {
    const csr = requests.get(row.order_id)
    if (typeof csr !== 'string') {
      const what = 'The certificate has no key, and its order no request that it was issued for.'
      findings.add({ severity: 'error', kind: 'secret', table: 'certificates', row: row.id, column: 'private_key', what })
      continue
    }
    try {
      checkKey(row, facts, keys.request(csr), { what: 'the request of its order', context })
    } catch {
      // Told with the order.
    }
  }
}

function implausible(row: Row, column: string, what: string, { findings }: RowContext): void {
  findings.add({ severity: 'warning', kind: 'implausible', table: 'certificates', row: row.id, column, what })
}
