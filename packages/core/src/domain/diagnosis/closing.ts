import { hiddenByZones } from './causes.ts'

/** A check, as far as it says who can do something. */
export interface Told {
  purpose: string
  ok: boolean
  state: string
  problem?: string
  record: { name: string }
  actor: 'customer' | 'operator' | 'provider' | 'ca'
  fix?: { action: string }
}

/** What to do now about everything that is not right, in one sentence of at most 78 characters. */
export function closingOf(checks: readonly Told[]): string {
  const hidden = hiddenByZones(checks)
  const urgent = checks.filter((check) => !check.ok && !hidden.has(check) && check.fix?.action !== 'wait')
  if (urgent.length === 0) return 'Nothing has to be changed: look again in some minutes.'
  if (urgent.some(({ actor }) => actor === 'customer'))
    return 'When that is done, look again: a change can take some minutes to show.'
  return urgent.some(({ actor }) => actor === 'provider')
    ? 'Only the company that runs the name servers can mend it: send it this page.'
    : 'Only the hosting company (who runs domainctl) can mend it: send it this page.'
}
