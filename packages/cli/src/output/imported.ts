import type { Context } from '../context.ts'
import { describeError, reportError } from '../exit.ts'
import type { ImportedAccount } from '../import/accounts.ts'
import { shownCa } from '../import/ca.ts'
import type { CertificateResult } from '../import/certificates.ts'
import type { Installation, LeftBehind } from '../import/found.ts'
import { chosenPlaces } from '../next.ts'
import { when } from '../time.ts'
import { shownDomain } from './domain.ts'
import { mark } from './marks.ts'
import type { Paint } from './paint.ts'
import { printable } from './text.ts'

export interface Imported {
  installation: Installation
  accounts: readonly ImportedAccount[]
  results: readonly CertificateResult[]
  dryRun: boolean
}

/** What `--json` prints: docs/guide/json.md. */
export function importDocument({ installation, accounts, results, dryRun }: Imported): object {
  const { client, folder, leftBehind, switchOff, switchOn } = installation
  return {
    client,
    folder,
    dryRun,
    accounts: accounts.map(({ error, ...account }) => ({ ...account, ...(error && { error: reportError(error) }) })),
    results: results.map(({ domain, error, ...rest }) => ({
      ...rest,
      ok: error === undefined,
      domain: domain && shownDomain(domain),
      ...(error && { error: reportError(error) }),
    })),
    leftBehind,
    switchOff,
    switchOn,
    summary: summaryOf(results),
  }
}

/** Of the certificates: in the state now (or there before), failed, and left as they are. */
function summaryOf(results: readonly CertificateResult[]): { ok: number; failed: number; skipped: number } {
  const count = (...what: CertificateResult['was'][]) => results.filter(({ was }) => what.includes(was)).length
  return { ok: count('added', 'given'), failed: count('failed'), skipped: count('there', 'kept', 'skipped') }
}

const ACCOUNT_WORDS = {
  added: 'is taken over',
  'given this key': 'has this key now',
  there: 'is in the state already',
  planned: 'would be taken over, once its CA knows it by its key',
  skipped: 'is left',
  failed: 'could not be taken over',
} as const

export function accountLines(accounts: readonly ImportedAccount[], paint: Paint): string[] {
  return accounts.map(({ ca, place, was, reason, error, name }) => {
    const sign = mark(paint, was === 'failed' ? 'fail' : was === 'skipped' ? 'info' : 'ok')
    const which = name === undefined ? '' : ` ${printable(name)}`
    const why = error ? `: ${printable(error.message)} ${printable(error.hint)}` : reason === undefined ? '' : `: ${reason}`
    const line = `${sign} The account${which} at ${ca === undefined ? 'a CA' : shownCa(ca)} ${ACCOUNT_WORDS[was]}${why}`
    return was === 'failed' || was === 'skipped' ? `${line} (${printable(place)})` : line
  })
}

/** What became of one certificate. */
export function resultLinesOf(result: CertificateResult, { io, output, flags }: Context): void {
  const { name, place, was, reason = '', certificate, warnings, error } = result
  const { paint } = output
  const shown = printable(name)
  if (error) {
    output.complain(
      ...describeError(error, { now: io.now(), output, message: `${name}: ${error.message}` }),
      `  ${printable(place)}`,
    )
  } else if (was === 'added' || was === 'given') {
    const until = certificate ? `: ends ${when(new Date(certificate.notAfter), io.now())}` : ''
    const renews = certificate ? `, renews ${when(new Date(certificate.renewAt), io.now())} at ${shownCa(certificate.ca)}` : ''
    const verb = 'dryRun' in flags && flags.dryRun ? 'would be imported' : 'is imported'
    output.print(`${mark(paint, 'ok')} ${shown} ${verb}${until}${renews}`)
  } else {
    output.print(`${mark(paint, 'info')} ${shown} is left: ${printable(reason)}`)
  }
  for (const warning of warnings) output.print(`  ${mark(paint, 'warn')} ${printable(warning)}`)
}

/** What stays behind, and what to do next. */
export function endLines(imported: Imported, { output, flags }: Context): void {
  const { installation, results, dryRun } = imported
  const { leftBehind, client, switchOff } = installation
  const { ok, failed, skipped } = summaryOf(results)
  if (ok > 0) {
    const grouped = groups(results, leftBehind)
    if (grouped.length > 0) output.print('', 'What stays behind:')
    for (const { what, instead, names } of grouped) {
      const whose = names.length === 0 ? '' : ` (${shortList(names)})`
      output.print(`  ${printable(what)}${printable(whose)}`, `    ${printable(instead)}`)
    }
  }
  if (ok > 0 && !dryRun) {
    const until = failed === 0 ? 'you are content' : 'what failed is imported as well, or is not wanted any more'
    output.print('', `Once ${until}, keep ${client} from renewing them, too:`, ...switchOff.map((line) => `  ${line}`))
    output.print(`Next: domainctl renew --dry-run${chosenPlaces(flags)}  (what is due, and when)`)
  }
  output.note(`${ok} ${dryRun ? 'to import' : 'imported'}, ${failed} failed, ${skipped} left as they are.`)
}

/** Each thing once, with the names that it goes for. */
function groups(results: readonly CertificateResult[], shared: readonly LeftBehind[]): (LeftBehind & { names: string[] })[] {
  const found = new Map<string, LeftBehind & { names: string[] }>()
  for (const one of shared) found.set(`${one.what}\n${one.instead}`, { ...one, names: [] })
  for (const { name, leftBehind } of results) {
    for (const one of leftBehind) {
      const key = `${one.what}\n${one.instead}`
      const there = found.get(key) ?? { ...one, names: [] }
      there.names.push(name)
      found.set(key, there)
    }
  }
  return [...found.values()]
}

const MOST_NAMES = 3

function shortList(names: readonly string[]): string {
  const others = names.length - MOST_NAMES
  return others > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${others} more` : names.join(', ')
}
