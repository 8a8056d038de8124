import { copyState, DomainctlError, withoutCredentials } from '@domainctl/core'
import { shownState } from '../config/shown-state.ts'
import { stateUrl } from '../config/values.ts'
import type { Context } from '../context.ts'
import { mark } from '../output/marks.ts'
import { startProgress } from '../output/progress.ts'
import { table } from '../output/table.ts'
import { shortened } from '../output/text.ts'

/**
 * `state copy FROM TO`: moves everything to a new state; the old one stays as it is.
 * @throws DomainctlError `USAGE` for what is no state, or a target that is not empty; `STATE_…`
 */
export async function stateCopy({ io, output, config }: Context, typedFrom: string, typedTo: string): Promise<number> {
  const from = stateOf(typedFrom, io.cwd)
  const to = stateOf(typedTo, io.cwd)
  if (from === to) throw new DomainctlError('USAGE', 'Both states are the same.', { hint: 'Name a new one to copy into.' })
  const { encryptionKey } = config.settings
  const progress = await startProgress(io, output, 1)
  const name = shownState(to)
  const tables = await copyState({
    from,
    to,
    signal: io.signal,
    ...(encryptionKey !== undefined && { encryptionKey }),
    onProgress: ({ table, rows }) => progress.update({ name, message: `${table}: ${rows} rows` }),
  }).finally(progress.stop)
  if (output.json) output.document({ from: shownState(from), to: name, tables })
  else {
    output.print(
      ...table(
        ['TABLE', 'ROWS'],
        tables.map(({ table, rows }) => [table, String(rows)]),
      ),
      `${mark(output.paint, 'ok')} ${name} has all of ${shownState(from)}, row by row the same. Use it from now on: --state, or DOMAINCTL_STATE.`,
    )
  }
  return 0
}

function stateOf(typed: string, cwd: string): string {
  const url = stateUrl(typed, cwd)
  if (url !== null) return url
  throw new DomainctlError('USAGE', `${JSON.stringify(shortened(withoutCredentials(typed)))} is not a state.`, {
    hint: 'Such as file:.domainctl/state.db or postgres://USER@HOST/DATABASE.',
  })
}
