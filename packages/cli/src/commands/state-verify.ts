import { type StateFinding, type StateVerification, verifyState } from '@domainctl/core'
import { shownState } from '../config/shown-state.ts'
import type { Context } from '../context.ts'
import { EXIT_UNHEALTHY } from '../exit.ts'
import { mark } from '../output/marks.ts'
import { startProgress } from '../output/progress.ts'
import { table } from '../output/table.ts'
import { printable, shortened } from '../output/text.ts'

export interface StateVerifyFlags {
  withoutSecrets?: boolean
}

const MARKS = { error: 'fail', warning: 'warn', note: 'info' } as const

/** So many findings a person reads; `--json` has more. */
const MOST_SHOWN = 50

/**
 * `state verify`: reads all of the state and says what is wrong with it; exit 8 when something is.
 * @throws DomainctlError `STATE_KEY_WRONG`, `STATE_KEY_INVALID` before it reads; `STATE_…`, `USAGE` for a state that is not there
 */
export async function stateVerify(
  { io, output, config }: Context,
  { withoutSecrets = false }: StateVerifyFlags,
): Promise<number> {
  const { state, encryptionKey } = config.settings
  const name = shownState(state)
  const progress = await startProgress(io, output, 1)
  const found = await verifyState({
    state,
    withoutSecrets,
    signal: io.signal,
    ...(encryptionKey !== undefined && { encryptionKey }),
    onProgress: ({ table, rows }) => progress.update({ name, message: `${table}: ${rows} rows` }),
  }).finally(progress.stop)
  if (output.json) output.document({ state: name, withoutSecrets, ...found })
  else {
    const read = found.tables.filter(({ rows }) => rows > 0)
    const rows = read.map(({ table, rows, secrets }) => [table, String(rows), withoutSecrets ? '-' : String(secrets)])
    const empty = found.tables.length - read.length
    output.print(
      ...table(['TABLE', 'ROWS', 'SECRETS OPENED'], rows),
      ...(empty > 0 ? [`${empty} other tables are empty.`] : []),
      '',
    )
    const { paint } = output
    for (const finding of found.findings.slice(0, MOST_SHOWN)) {
      output.print(
        `${mark(paint, MARKS[finding.severity])} ${placeOf(finding)}${printable(finding.what)}`,
        `  ${printable(finding.fix)}`,
      )
    }
    output.print(...verdict(found, name, { withoutSecrets, paint }))
  }
  return found.ok ? 0 : EXIT_UNHEALTHY
}

/** Such as `certificates 0198… serial: `. */
function placeOf({ table, row, column }: StateFinding): string {
  const parts = [table, row === undefined ? undefined : shortened(row), column].filter((part) => part !== undefined)
  return parts.length === 0 ? '' : `${printable(parts.join(' '))}: `
}

function verdict(
  { ok, counts: { error, warning, note }, findings }: StateVerification,
  name: string,
  { withoutSecrets, paint }: { withoutSecrets: boolean; paint: Context['output']['paint'] },
): string[] {
  const total = error + warning + note
  const more = total - Math.min(findings.length, MOST_SHOWN)
  const others = more > 0 ? [`… and ${more} more: --json has the first thousand.`] : []
  const secrets = withoutSecrets ? ' What is sealed was not opened.' : ''
  const counts = `${error} errors, ${warning} warnings, ${note} notes`
  if (!ok) return [...others, `${mark(paint, 'fail')} ${name} is damaged: ${counts}. Nothing was changed.${secrets}`]
  const found = total === 0 ? 'nothing is wrong with it' : `nothing in it is broken (${counts})`
  return [...others, `${mark(paint, 'ok')} ${name} was read to its end, and ${found}.${secrets}`]
}
