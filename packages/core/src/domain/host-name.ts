import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { DomainctlError } from '../errors.ts'

/** Unlike a name for a certificate, a host that a CNAME leads to may have underscores (RFC 2181 §11). */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * Reads the name of a host that an alias leads to. Accepts Unicode, upper case and a final dot.
 * @returns lower-case ASCII without a final dot
 * @throws DomainctlError `USAGE` that says what is wrong with it
 */
export function parseHost(input: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(input)) throw invalid(input, 'it is a URL', 'Give the name of the host alone.')
  if (isIP(input) !== 0) throw invalid(input, 'it is an address', 'Where the names are to have addresses, give those instead.')
  const [, beforePort] = /^(.*):\d+$/s.exec(input) ?? []
  if (beforePort !== undefined)
    throw invalid(input, 'it has a port, and the DNS leads to hosts, not to ports', 'Leave the colon and the number out.')
  if (input.includes('*'))
    throw invalid(input, 'a wildcard is no host', 'Give one name that the wildcard covers, such as edge.example.net.')
  const odd = /[^\p{L}\p{M}\p{N}.。．｡\-·・ー々'’_\u200c\u200d]/u.exec(input)
  if (odd) throw invalid(input, `the character ${JSON.stringify(odd[0])} does not belong in the name of a host`)
  const host = domainToASCII(input.normalize('NFC').replace(/[.。．｡]$/u, ''))
  const labels = host.split('.')
  const isHost = host.length <= 253 && labels.length > 1 && labels.every((label) => LABEL.test(label))
  if (!isHost || isIP(host) !== 0) throw invalid(input, 'it is not the full name of a host')
  return host
}

function invalid(input: string, why: string, hint = 'Give a full name such as edge.example.net.'): DomainctlError {
  const shown = input.length > 80 ? `${input.slice(0, 77)}…` : input
  return new DomainctlError('USAGE', `${JSON.stringify(shown)} cannot be the target of an alias: ${why}.`, { hint })
}
