import { type AccountReport, type Domainctl, type DomainctlError, toDomainctlError } from '@domainctl/core'
import type { Context } from '../context.ts'
import { directoryOf, isStaging } from './ca.ts'
import type { Client, FoundAccount, FoundCertificate } from './found.ts'

/** What became of an account. */
export interface ImportedAccount {
  /** Directory URL; absent where it is not known. */
  ca?: string
  /** The file of its key. */
  place: string
  /** The name that it has in the state. */
  name?: string
  /** `planned`: it would be asked for at its CA (--dry-run) · `skipped`: see `reason`. */
  was: 'added' | 'given this key' | 'there' | 'planned' | 'skipped' | 'failed'
  reason?: string
  /** `id` in the state. */
  id?: string
  error?: DomainctlError
}

type Known = Pick<AccountReport, 'ca' | 'name' | 'inUse' | 'endedAt'>

export interface AccountFlags {
  dryRun?: boolean
  staging?: boolean
}

/**
 * Imports the accounts of a client, at each CA that one first which most of the certificates came by: it gets the name that the
 * configuration uses there, so that renewals go on by it. The others keep theirs for revocations.
 * @returns what became of each, by its id
 */
export async function importAccounts(
  { config, io }: Pick<Context, 'config' | 'io'>,
  domainctl: Domainctl,
  found: { client: Client; accounts: readonly FoundAccount[]; certificates: readonly FoundCertificate[] },
  flags: AccountFlags,
): Promise<Map<string, ImportedAccount>> {
  const uses = (id: string) => found.certificates.filter(({ account }) => account === id).length
  const sorted = found.accounts.toSorted((a, b) => uses(b.id) - uses(a.id))
  const imported = new Map<string, ImportedAccount>()
  const known: Known[] = flags.dryRun ? [] : await domainctl.accounts({ signal: io.signal })
  const seen = new Set<string>()
  for (const account of sorted) {
    const { place } = account
    try {
      const ca = directoryOf(account.ca, config)
      const at = { ca, place }
      if (isStaging(ca) && !flags.staging) {
        imported.set(account.id, {
          ...at,
          was: 'skipped',
          reason: 'it is an account of a CA for tests (--staging takes it, too)',
        })
        continue
      }
      const name = nameFor(ca, found.client, known, !seen.has(ca))
      seen.add(ca)
      if (flags.dryRun) {
        imported.set(account.id, { ...at, was: 'planned' })
        continue
      }
      const done = await domainctl.importAccount({ ca, key: await account.readKey(), signal: io.signal, ...name })
      known.push(done.account)
      imported.set(account.id, { ...at, name: done.account.name, was: done.was, id: done.account.id })
    } catch (thrown) {
      const error = toDomainctlError(thrown, io.signal)
      if (error.kind === 'interrupted') throw error
      imported.set(account.id, { place, ...caOf(account, config), was: 'failed', error })
    }
  }
  return imported
}

function caOf({ ca }: FoundAccount, config: Context['config']): { ca?: string } {
  try {
    return { ca: directoryOf(ca, config) }
  } catch {
    return {}
  }
}

/** The name that the configuration uses at this CA, where no account has it yet and this is the `first` one; else one of its own. */
function nameFor(ca: string, client: Client, known: readonly Known[], isFirst: boolean): { account?: string } {
  const there = known.filter((account) => account.ca === ca && account.endedAt === undefined)
  if (isFirst && !there.some(({ inUse }) => inUse)) return {}
  const own = client.replace('.', '-')
  for (let n = 1; ; n++) {
    const account = n === 1 ? own : `${own}-${n}`
    if (!there.some(({ name }) => name === account)) return { account }
  }
}
