import { type PlainRecord, reasonOf } from './finding.ts'

/** A check, as far as CAA is compared with where names lead. */
interface Told {
  purpose: string
  ok: boolean
  record: { type: PlainRecord['type']; name: string; expected: string[] }
  explanation: string
  advice?: string[]
  actor: string
  fix?: PlainRecord & { action: string; more?: PlainRecord[]; remove?: PlainRecord[]; panel?: unknown }
}

/**
 * The checks, where a name has to get another CNAME before anything can be said of CAA: a CAA record cannot stand beside that
 * CNAME (RFC 1034 §3.6.2), and those at the end of the present one count no more.
 */
export function caaAfterRouting<T extends Told>(checks: readonly T[]): T[] {
  return checks.map((check) => {
    const { purpose, ok, fix } = check
    const route = purpose === 'caa' && !ok && fix ? checks.find((other) => isBefore(other, check)) : undefined
    if (!route || !fix) return check
    const { advice: _change, ...kept } = check
    const { more: _more, remove: _remove, panel: _panel, ...wanted } = fix
    const target = route.record.expected[0] ?? 'its target'
    const explanation = `${reasonOf(check)} But ${route.record.name} has to be a CNAME to ${target}. As soon as it is, the CAA records there count in place of these: mend the CNAME first, then look again.`
    return { ...kept, explanation, fix: { ...wanted, action: 'wait' } } as T
  })
}

/** Whether a name is to get a CNAME that changes which CAA records count. */
function isBefore({ purpose, ok, record, fix }: Told, caa: Told): boolean {
  const makesCname = fix?.type === 'CNAME' && (fix.action === 'create' || fix.action === 'change')
  if (purpose !== 'routing' || ok || !makesCname) return false
  const leadsAway = fix.remove?.some(({ type }) => type === 'CNAME') === true
  return caa.record.name === record.name || (caa.actor === 'operator' && leadsAway)
}
