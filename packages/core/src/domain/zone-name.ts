import { isIPv4 } from 'node:net'
import { domainToASCII } from 'node:url'
import { DomainctlError } from '../errors.ts'

/** Unlike a name for a certificate, a zone may have underscores (RFC 2181 §11), and one label is enough: `internal`. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

const FITTING = /^[\p{L}\p{M}\p{N}.。．｡\-_·・ー々'’\u200c\u200d]+$/u

/**
 * Reads the name of a zone as a person types it. Accepts Unicode, upper case and a final dot.
 * @returns lower-case ASCII without a final dot, as all names are that are looked for in it; null when it is no name
 */
export function parseZoneName(input: string): string | null {
  if (input.length > 1000 || !FITTING.test(input)) return null
  const name = domainToASCII(input.normalize('NFC').replace(/[.。．｡]$/u, ''))
  const isName = name.length <= 253 && name.split('.').every((label) => LABEL.test(label))
  return isName && !isIPv4(name) ? name : null
}

/**
 * A configuration's zones with their providers, each by its name in the DNS.
 * @param where what the configuration is called, to go on with `.<key>`
 * @throws DomainctlError `CONFIG_INVALID` that names what is no zone, or is there twice with two providers
 */
export function readZones(zones: Readonly<Record<string, string>>, where: string): Record<string, string> {
  const read = new Map<string, { provider: string; written: string }>()
  for (const [written, provider] of Object.entries(zones)) {
    const name = parseZoneName(written)
    if (name === null) throw noZone(written, where)
    const before = read.get(name)
    if (before && before.provider !== provider) throw twoProviders(name, [before, { provider, written }], where)
    read.set(name, { provider, written })
  }
  return Object.fromEntries(Array.from(read, ([name, { provider }]) => [name, provider]))
}

function noZone(written: string, where: string): DomainctlError {
  const shown = JSON.stringify(written.length > 80 ? `${written.slice(0, 77)}…` : written)
  const isWildcard = written.includes('*')
  return new DomainctlError('CONFIG_INVALID', `${where}: ${shown} is not the name of a zone.`, {
    hint: isWildcard
      ? `A zone holds all names below it: leave the asterisk out${writtenWithout(written)}.`
      : 'Give the name at which the zone begins, such as example.com.',
  })
}

function writtenWithout(written: string): string {
  const name = parseZoneName(written.replace(/^\*\./, ''))
  return name === null ? '' : `, as in ${name}`
}

function twoProviders(name: string, two: readonly { provider: string; written: string }[], where: string): DomainctlError {
  const said = two.map(({ provider, written }) => `${JSON.stringify(written)} to ${provider}`).join(' and ')
  return new DomainctlError('CONFIG_INVALID', `${where}: the zone ${name} is given to two providers, ${said}.`, {
    hint: 'Leave one of them out.',
  })
}
