import { DomainctlError } from '@domainctl/core'
import type { Io } from '../../io.ts'

// The bundler cuts files where one command needs what another does not. With all of theirs in reach, no cut is made
// for a sandbox's sake, and the other commands' start finds as few files as without it (2 ms of 55 for `list`).
import '../index.ts'

/**
 * The values of variables that a sandbox sets. Only with its mark is anything taken for a sandbox: the same variables name
 * real servers elsewhere.
 * @throws DomainctlError `SANDBOX_NOT_RUNNING`
 */
export function neededSandbox<Name extends string>(io: Pick<Io, 'env'>, names: readonly Name[]): Record<Name, string> {
  const missing = io.env.DOMAINCTL_SANDBOX === '1' ? names.find((name) => !io.env[name]) : 'DOMAINCTL_SANDBOX'
  if (missing === undefined) return Object.fromEntries(names.map((name) => [name, io.env[name]])) as Record<Name, string>
  throw new DomainctlError('SANDBOX_NOT_RUNNING', `This works on a sandbox, and there is none: ${missing} is not set.`, {
    hint: 'Open a shell with one: domainctl sandbox exec -- sh',
  })
}
