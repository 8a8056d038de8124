import type { KeyFacts } from '../../contracts/key-material.ts'
import type { Seal, SealedCell } from '../seal.ts'
import { UnreadableValue } from '../state-errors.ts'
import { reasonOf } from './reason.ts'
import type { RowContext } from './row-context.ts'

/** Opens a sealed value and tells when it does not open; null then, and when secrets are left alone. */
export async function openCell(sealed: string, cell: SealedCell, { seal, findings, opened }: RowContext): Promise<string | null> {
  if (!seal) return null
  const secret = await openOr(sealed, cell, seal)
  if (typeof secret === 'string') {
    opened()
    return secret
  }
  const { table, row, column } = cell
  findings.add({ severity: 'error', kind: 'secret', table, row, column, what: `${secret.message}.` })
  return null
}

async function openOr(sealed: string, cell: SealedCell, seal: Seal): Promise<string | UnreadableValue> {
  try {
    return await seal.open(sealed, cell)
  } catch (error) {
    if (error instanceof UnreadableValue) return error
    throw error
  }
}

/** What the private key in a cell is, or null where it was told that it is none, or of another type than its row says. */
export function keyOfCell(
  pem: string,
  cell: SealedCell,
  keyType: string | null,
  { keys, findings }: RowContext,
): KeyFacts | null {
  const { table, row, column } = cell
  try {
    const key = keys.privateKey(pem)
    if (keyType === null || key.keyType === keyType) return key
    findings.add({
      severity: 'error',
      kind: 'value',
      table,
      row,
      column: 'key_type',
      what: `key_type is ${keyType}, and the sealed key is ${key.keyType}.`,
    })
    return key
  } catch (error) {
    findings.add({
      severity: 'error',
      kind: 'secret',
      table,
      row,
      column,
      what: `${column} is no private key: ${reasonOf(error)}.`,
    })
    return null
  }
}
