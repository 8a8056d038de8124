import type { Finding } from './finding.ts'
import { judgeRecord } from './record.ts'
import type { RoutingLook, RoutingObserved } from './route.ts'
import { judgeAddresses } from './routing-addresses.ts'
import { judgeTarget, MAY_LEAD_HERE } from './routing-target.ts'
import { safe } from './sentence.ts'
import { usableOf } from './standing.ts'

/** What a routed name shows to visitors, and what has to be done. Never throws, whatever was seen and however little of it. */
export function judgeRouting(observed: RoutingObserved): Finding {
  const { wanted } = observed
  const finding = wanted.type === 'CNAME' ? judgeTarget(observed, wanted.target) : judgeAddresses(observed, wanted)
  const { explanation, advice } = finding
  return { ...finding, explanation: safe(explanation), ...(advice && { advice: advice.map(safe) }) }
}

/**
 * What still has to be looked at; empty when {@link judgeRouting} has all that it needs. A name that is right needs the
 * least: its CNAME and where the wanted host leads, or its addresses.
 */
export function nextLooks(observed: RoutingObserved): RoutingLook[] {
  const { wanted } = observed
  const looks = wanted.type === 'CNAME' ? looksAtTarget(observed, wanted.target) : looksAtAddresses(observed)
  return looks.filter((look) => !isDone(observed, look))
}

function isDone(observed: RoutingObserved, look: RoutingLook): boolean {
  if (look === 'addresses') return observed.a !== undefined && observed.aaaa !== undefined
  return observed[look] !== undefined
}

function looksAtTarget(observed: RoutingObserved, target: string): RoutingLook[] {
  const { name, zone, cname, others } = observed
  if (!cname) return ['cname']
  const usable = usableOf(cname)
  if (name !== zone) {
    const judged = judgeRecord({ type: 'CNAME', name, values: [target], zone }, cname)
    if (judged.state === 'ok') return ['target']
    if (judged.problem === 'RECORD_WRONG' || MAY_LEAD_HERE.has(judged.problem ?? '')) return ['leads', 'target']
    if (judged.problem !== 'RECORD_MISSING') return []
    // Nothing exists at or below a name that does not exist (RFC 8020 §2).
    if (usable.every(({ rcode }) => rcode === 'NXDOMAIN')) return []
  }
  if (!isDone(observed, 'addresses') || !observed.target) return ['addresses', 'target']
  const { state, problem } = judgeRouting(observed)
  if (name === zone || state === 'ok' || problem === 'RECORD_PARTIAL' || problem === 'DNS_UNREACHABLE') return []
  if (!others) return ['others']
  return problem === 'RECORD_MISSING' ? wildcardOf(name) : []
}

function looksAtAddresses(observed: RoutingObserved): RoutingLook[] {
  if (!isDone(observed, 'addresses')) return ['addresses']
  const { problem } = judgeRouting(observed)
  if (problem === 'RECORD_VALUE_KIND') return ['leads']
  const shown = usableOf([...(observed.a ?? []), ...(observed.aaaa ?? [])])
  const isBare = shown.every(({ rcode, values }) => rcode === 'NOERROR' && values.length === 0)
  return problem === 'RECORD_MISSING' && isBare && observed.name !== observed.zone ? wildcardOf(observed.name) : []
}

function wildcardOf(name: string): RoutingLook[] {
  return name.startsWith('*.') ? [] : ['wildcard']
}
