import { isIPv4, isIPv6 } from 'node:net'
import { canonicalSeen, canonicalWanted } from './canonical.ts'
import type { ProblemCode } from './problems.ts'

/** A mistake that people make with values in DNS panels. */
export interface ValueSlip {
  problem: Extract<ProblemCode, `RECORD_VALUE_${string}`>
  /** What was done, as sentences. */
  why: string
  /** How it is done. */
  advice: string
}

/** The record that should be there. */
export interface WantedValue {
  type: string
  name: string
  value: string
  /** Apex of the zone that holds the name. */
  zone?: string | undefined
}

const TEXTS = {
  RECORD_VALUE_QUOTED: [
    'The quotation marks do not belong to the value.',
    'Delete the quotation marks: panels add their own where they need them.',
  ],
  RECORD_VALUE_SPACED: [
    'Blanks, a line break or invisible characters are in it that do not belong to the value.',
    'Delete the whole value and enter it anew, in one piece without blanks.',
  ],
  RECORD_VALUE_CASE: ['Small and capital letters count, and some are not as they should be.', 'Copy the value as it is.'],
  RECORD_VALUE_PREFIX: ['The beginning of the value is missing.', 'Copy the whole value, with what stands before the "=".'],
  RECORD_VALUE_NAME: [
    "The record's name was entered into the field of its value.",
    'Enter each into a field of its own: here the value alone.',
  ],
  RECORD_VALUE_CUT: ['A part of the value is missing.', 'Copy it from its first to its last character.'],
  RECORD_VALUE_GLUED: [
    'The value is in it, but with other text.',
    'Leave the value alone in this record. If the other text is needed, give it a record of its own.',
  ],
  RECORD_VALUE_ZONE_APPENDED: [
    'The panel added the domain to the end of the host name.',
    'End the value with a dot, and the panel adds nothing to it.',
  ],
  RECORD_VALUE_DOTS: ['It ends with a dot too many.', 'Delete the dots at its end.'],
  RECORD_VALUE_WWW: ['It differs by "www." in front.', 'Enter the host name as it is given.'],
  RECORD_VALUE_URL: [
    'A web address was entered where a host name belongs.',
    'Enter the host name alone, without "https://" in front and without anything behind it.',
  ],
  RECORD_VALUE_KIND: ['It is an address, and a CNAME leads to a host name.', 'Enter the host name that is given.'],
} as const satisfies Record<ValueSlip['problem'], readonly [why: string, advice: string]>

/**
 * The likely slip that made `seen` of the wanted value; undefined where there is none, and always for the right value.
 * Recognised is only what cannot well be anything else: a foreign value is no slip.
 */
export function slipOf(wanted: WantedValue, seen: string): ValueSlip | undefined {
  const { type } = wanted
  const value = canonicalWanted(type, wanted.value)
  const shown = canonicalSeen(type, seen)
  if (value === '' || shown === '' || shown === value) return undefined
  if (type !== 'TXT' && type !== 'CNAME') return undefined
  const problem = wrappingSlip(value, shown) ?? (type === 'TXT' ? textSlip : hostSlip)({ ...wanted, value }, unwrapped(shown))
  if (problem === undefined) return undefined
  const [why, advice] = TEXTS[problem]
  return { problem, why, advice }
}

// Straight, typographic and back quotes, as word processors and chat programs make them, with the escapes of zone files.
const QUOTES = '\\"\'`´“”„‟‘’«»'
const BLANKS = /[\s\u0085\u00ad\u200b-\u200f\u2060\ufeff]+/gu

/** Without what was put around it, or into it where it was broken. */
function unwrapped(text: string): string {
  const bare = trimEnd(text.replace(BLANKS, ''), QUOTES)
  let start = 0
  while (start < bare.length && QUOTES.includes(bare.charAt(start))) start += 1
  return bare.slice(start)
}

/** In linear time, which a pattern such as `/[.]+$/` is not: what a server shows may be 64 KB long. */
function trimEnd(text: string, characters: string): string {
  let end = text.length
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

function wrappingSlip(value: string, shown: string): ValueSlip['problem'] | undefined {
  if (unwrapped(shown) !== value) return undefined
  return shown.replace(BLANKS, '') === value ? 'RECORD_VALUE_SPACED' : 'RECORD_VALUE_QUOTED'
}

/** Characters of a value that nobody has there by chance. */
const TELLING = 16

function textSlip({ name, value }: WantedValue, shown: string): ValueSlip['problem'] | undefined {
  const [wanted, seen] = [value.toLowerCase(), shown.toLowerCase()]
  const prefix = wanted.slice(0, wanted.indexOf('=') + 1)
  const token = wanted.slice(prefix.length)
  if (seen === wanted) return 'RECORD_VALUE_CASE'
  if (prefix !== '' && (seen === token || seen === `=${token}`)) return 'RECORD_VALUE_PREFIX'
  const label = name.split('.', 1)[0]?.toLowerCase() ?? ''
  // `_domainctl=…` has the label of the record in place of the word that is like it.
  const isAfterName = label.startsWith('_') && seen.startsWith(label) && token !== '' && seen.endsWith(token)
  if (isAfterName || seen.replace(/\.$/, '') === name.toLowerCase()) return 'RECORD_VALUE_NAME'
  if (seen.includes(wanted)) return 'RECORD_VALUE_GLUED'
  const isHead = wanted.startsWith(seen) && seen.length >= (prefix.length || TELLING)
  return isHead || (wanted.endsWith(seen) && seen.length >= TELLING) ? 'RECORD_VALUE_CUT' : undefined
}

function hostSlip({ name, value, zone }: WantedValue, shown: string): ValueSlip['problem'] | undefined {
  const seen = withoutZone(shown, zone)
  if (isIPv4(seen) || isIPv6(seen)) return 'RECORD_VALUE_KIND'
  const host = withoutZone(hostOf(shown), zone)
  if (host === value && hostOf(shown) !== shown) return 'RECORD_VALUE_URL'
  if (trimEnd(shown, '.\\') === value) return 'RECORD_VALUE_DOTS'
  if (shown === name.toLowerCase()) return 'RECORD_VALUE_NAME'
  if (seen === value) return 'RECORD_VALUE_ZONE_APPENDED'
  if (seen === `www.${value}` || value === `www.${seen}`) return 'RECORD_VALUE_WWW'
  // One short label may be a host of the customer's own that is called alike.
  const isTelling = seen.includes('.') || seen.length >= TELLING
  return isTelling && value.startsWith(`${seen}.`) ? 'RECORD_VALUE_CUT' : undefined
}

/** Panels append the zone to every name that does not end with a dot (RFC 1035 §5.1). */
function withoutZone(host: string, zone: string | undefined): string {
  return zone && host.endsWith(`.${zone}`) ? host.slice(0, -zone.length - 1) : host
}

function hostOf(url: string): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\//, '').replace(/[/:?#].*$/s, '')
}
