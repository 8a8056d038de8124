import type { Clock, Random } from './contracts/runtime.ts'
import { withoutCredentials } from './domain/without-credentials.ts'
import { DomainctlError } from './errors.ts'
import { type OpenState, openSqliteState } from './store/open.ts'
import { openPostgresState } from './store/open-postgres.ts'

/** Opens the state at a URL, for what is done with all of it. @throws `CONFIG_INVALID`, `STATE_…` */
export async function openState(
  state: string,
  { key, ...o }: { clock: Clock; random: Random; readOnly?: boolean; isFilled?: boolean; key: string | undefined },
): Promise<OpenState> {
  const parts = { ...o, ...(key !== undefined && { key }) }
  if (state.startsWith('file:')) return openSqliteState(state.slice('file:'.length), parts)
  if (/^postgres(ql)?:/.test(state)) return openPostgresState(state, parts)
  throw new DomainctlError('CONFIG_INVALID', `${JSON.stringify(withoutCredentials(state))} is not a state.`, {
    hint: 'Give file:PATH, such as file:.domainctl/state.db, or postgres://USER:PASSWORD@HOST/DATABASE.',
  })
}
