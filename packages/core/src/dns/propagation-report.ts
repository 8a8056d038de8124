import { isIPv6 } from 'node:net'
import type { ServerAnswer } from '../contracts/dns.ts'
import { DomainctlError } from '../errors.ts'
import { describeAnswer } from './observe.ts'
import { isShown, type Watched } from './watched.ts'
import { NO_ROUTE } from './wire.ts'

/** Names that one message describes; the others are counted. */
const NAMES_SHOWN = 3

/** `DNS_NOT_PROPAGATED` that says for each name and server what it shows. */
export function notPropagated(open: readonly Watched[], timeoutMs: number): DomainctlError {
  const described = open.slice(0, NAMES_SHOWN).map(describe)
  if (open.length > NAMES_SHOWN) described.push(`and ${open.length - NAMES_SHOWN} more names.`)
  const seconds = Math.round(timeoutMs / 100) / 10
  return new DomainctlError(
    'DNS_NOT_PROPAGATED',
    `${seconds > 0 ? `After ${seconds} s not` : 'Not'} every name server shows what was written. ${described.join(' ')}`,
    {
      hint: 'Repeat the command: it goes on waiting. When a server stays behind, ask its operator; --propagation-timeout waits longer.',
    },
  )
}

/**
 * Warnings for servers of the zone that did not answer while the others agreed. Not for IPv6 addresses on a machine
 * without IPv6: that is no fault of the zone.
 */
export function leftOut({ zone, seen }: Watched): string[] {
  return zone.servers.flatMap((server) => {
    const answer = seen.get(server)
    if (answer === undefined || answer.outcome === 'answer') return []
    if (isIPv6(server.address) && answer.rcode === NO_ROUTE) return []
    return [
      `Name server ${server.name} (${server.address}) of ${zone.apex || 'the root zone'} was left out: ${describeAnswer(answer)}.`,
    ]
  })
}

function describe(watched: Watched): string {
  const { name, zone, values, seen, resolvers } = watched
  const what = `TXT ${name} = ${values.map((value) => JSON.stringify(value)).join(' and ')}`
  const servers = zone.servers.map((server) => `${server.name} (${server.address}) ${describeSeen(watched, seen.get(server))}`)
  const judges = [...resolvers].map(
    ([label, { isShown, text }]) => `resolver ${label} ${isShown ? 'shows it' : `does not show it (${text})`}`,
  )
  return `${what}: ${[...servers, ...judges].join('; ')}.`
}

function describeSeen(watched: Watched, answer: ServerAnswer | undefined): string {
  if (answer === undefined) return 'has not answered yet'
  if (isShown(watched, answer)) return 'shows it'
  const isPartial = watched.values.length > 1 && watched.values.some((value) => answer.values.includes(value))
  return isPartial
    ? `shows only ${answer.values
        .filter((value) => watched.values.includes(value))
        .map((value) => JSON.stringify(value))
        .join(' and ')}`
    : describeAnswer(answer)
}
