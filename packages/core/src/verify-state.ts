import { existsSync } from 'node:fs'
import type { VerifiedTable } from './contracts/state-work.ts'
import { DomainctlError, toDomainctlError } from './errors.ts'
import { openState } from './open-state.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { readStatePath } from './store/file-system.ts'
import type { FindingCounts, StateFinding } from './store/verify/finding.ts'

/** Which state, and how. */
export interface VerifyStateOptions {
  /** `file:PATH` or `postgres://…`, as in `DomainctlOptions.state`. It is only read. */
  state: string
  /** Absent: that of a file state lies beside it. */
  encryptionKey?: string
  /** Leaves what is sealed alone, and asks for no key. */
  withoutSecrets?: boolean
  /** After each page of rows. */
  onProgress?: (progress: { table: string; rows: number }) => void
  signal?: AbortSignal
}

/** What a state was found to be. */
export interface StateVerification {
  /** There is no finding that is an error. */
  ok: boolean
  tables: VerifiedTable[]
  /** How many findings there are, also of those beyond the first thousand, which `findings` does not have. */
  counts: FindingCounts
  findings: StateFinding[]
}

/**
 * Reads all of a state and changes nothing: what the database says of itself, its tables against those that a new state has, every
 * row, every secret (it opens, and is the key of its certificate), and what rows of several tables have in common. What is wrong is
 * a finding, not an error. Others may work meanwhile: each table is read from one snapshot. Takes memory for a page of rows,
 * whatever the state holds, and may be aborted after each page.
 * @throws `STATE_KEY_WRONG` or `STATE_KEY_INVALID` before anything else is read; `STATE_UNREADABLE`, `STATE_NEWER`, `STATE_READ_ONLY`
 * (an older schema), `USAGE` (no such file), `INTERRUPTED`
 */
export async function verifyState(o: VerifyStateOptions): Promise<StateVerification> {
  const runtime = { clock: systemClock(), random: systemRandom() }
  const signal = o.signal ?? new AbortController().signal
  try {
    if (o.state.startsWith('file:') && !existsSync(readStatePath(o.state.slice('file:'.length)).path)) {
      throw new DomainctlError('USAGE', `There is no state ${o.state} to verify.`, { hint: 'Check the path.' })
    }
    signal.throwIfAborted()
    const state = await openState(o.state, { ...runtime, readOnly: true, key: o.encryptionKey })
    try {
      // Loaded here: no other verb reads what the database is made of, or all certificates.
      const [{ verifyTables }, { keyMaterial }] = await Promise.all([
        import('./store/verify/verify.ts'),
        import('./acme/key-material.ts'),
      ])
      const { tables, findings } = await verifyTables(state.database, state.keyring, {
        ...runtime,
        keys: keyMaterial,
        withSecrets: o.withoutSecrets !== true,
        signal,
        onPage: (table, rows) => o.onProgress?.({ table, rows }),
      })
      const { kept, counts } = findings
      return { ok: counts.error === 0, tables, counts, findings: kept }
    } finally {
      await state.store.close()
    }
  } catch (error) {
    throw toDomainctlError(error, o.signal)
  }
}
