import type { PlainRecord } from './finding.ts'

/** A check of where a name leads, as far as it is compared with those of other names. */
interface Routed {
  purpose: string
  ok: boolean
  problem?: string
  record: { type: PlainRecord['type']; name: string; expected: string[] }
  explanation: string
  advice?: string[]
  fix?: PlainRecord & { action: string; more?: PlainRecord[]; remove?: PlainRecord[]; panel?: unknown }
}

const LEADS_ELSEWHERE: ReadonlySet<string> = new Set([
  'ROUTING_ELSEWHERE',
  'ROUTING_PROXIED',
  'ROUTING_MIXED',
  'CHAIN_BROKEN',
  'RECORD_VALUE_KIND',
])

/**
 * The checks, where a CNAME to another name of the same domain is not what has to be changed: `www` that follows the bare
 * name is right as soon as that one is.
 */
export function withFollowers<T extends Routed>(checks: readonly T[]): T[] {
  return checks.map((check) => {
    const { fix, record } = check
    const leader = fix && leaderOf(check, checks)
    if (!leader) return check
    const { advice: _change, ...kept } = check
    const { more: _more, remove: _remove, panel: _panel, ...wanted } = fix
    const explanation = `${record.name} is a CNAME to ${leader}, which is not right itself. As soon as ${leader} is right, so is ${record.name}: nothing has to be changed here.`
    return { ...kept, explanation, fix: { ...wanted, action: 'wait' } } as T
  })
}

/** The name that a check's name leads to by one CNAME, where the same is wanted of it and it is not right either. */
function leaderOf({ purpose, problem = '', record, fix }: Routed, checks: readonly Routed[]): string | undefined {
  const [alias, ...others] = fix?.remove ?? []
  const isAlias = fix?.action === 'change' && others.length === 0 && alias?.type === 'CNAME' && alias.name === record.name
  if (purpose !== 'routing' || !isAlias || !LEADS_ELSEWHERE.has(problem)) return undefined
  const leader = checks.find(
    (other) =>
      other.purpose === 'routing' &&
      !other.ok &&
      other.record.name === alias.value &&
      other.record.name !== record.name &&
      other.record.type === record.type &&
      other.record.expected.join() === record.expected.join(),
  )
  // Two names that lead to each other wait for nothing.
  const leadsBack = leader?.fix?.remove?.some(({ type, value }) => type === 'CNAME' && value === record.name)
  return leader && !leadsBack ? leader.record.name : undefined
}
