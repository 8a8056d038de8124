import type { DomainctlError } from '@domainctl/core'
import type { Look } from '../output/look-lines.ts'

/** One line of `doctor` without a name. */
export interface CheckupLine extends Look {
  what:
    | 'configuration'
    | 'channel'
    | 'state'
    | 'resolver'
    | 'provider'
    | 'target'
    | 'ca'
    | 'account'
    | 'clock'
    | 'limits'
    | 'domains'
    | 'run'
  error?: DomainctlError
}

export function failing(what: CheckupLine['what'], of: string, error: DomainctlError): CheckupLine {
  return { what, of, status: 'fail', explanation: `${error.message} (${error.code})`, fix: error.hint, error }
}
