import { isIPv4 } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import { parse } from 'tldts'
import { DomainctlError } from '../errors.ts'
import { parentOf } from './names.ts'

/** A name that a certificate can be issued for. */
export interface ParsedName {
  /** Lower-case ASCII without final dot, with its `*.` when it is a wildcard. */
  name: string
  /** `name` without `*.`: where the proofs of the name live. */
  base: string
  wildcard: boolean
  /** As people read it. */
  unicode: string
}

/** The most names that one certificate carries (requirements L11; Let's Encrypt's limit). */
export const MAX_NAMES = 100

/** The proofs of a name live at names that are longer by up to 16 characters, and the DNS has room for 253. */
const LONGEST_BASE = 253 - '_acme-challenge.'.length

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * Reads a name as a person types it. Accepts Unicode, upper case and a final dot.
 * @throws DomainctlError `NAME_INVALID` that says what is wrong with it
 */
export function parseName(input: string): ParsedName {
  if (input === '') throw invalid(input, 'it is empty', 'Give a name such as shop.example.com.')
  if (input.length > 1000) throw invalid(`${input.slice(0, 40)}…`, `it has ${input.length} characters; a name has at most 253`)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(input)) throw invalid(input, 'it is a URL', `Give the host name alone: ${hostOf(input)}.`)
  if (/\s/u.test(input)) throw invalid(input, 'it contains white space', 'Give several names as separate arguments.')
  const typed = input
    .normalize('NFC')
    .toLowerCase()
    .replace(/[.。]$/u, '')
  const wildcard = typed.startsWith('*.')
  const host = wildcard ? typed.slice(2) : typed
  if (host.includes('*'))
    throw invalid(
      input,
      'a certificate has at most one wildcard, and only as the whole first label',
      `Such as *.${host.replaceAll('*.', '')}.`,
    )
  if (isAddress(host))
    throw invalid(input, 'it is an IP address', 'Give a domain name; certificates for addresses are not supported.')
  const odd = /[^\p{L}\p{M}\p{N}.。．｡\-·・ー々'’\u200c\u200d]/u.exec(host)
  if (odd)
    throw invalid(
      input,
      odd[0] === '_' ? 'a host name has no underscore' : `the character ${JSON.stringify(odd[0])} does not belong in a host name`,
    )
  const base = domainToASCII(host)
  if (base === '' || isAddress(base)) throw invalid(input, describeAsciiFailure(host))
  checkLabels(input, base)
  const unicode = domainToUnicode(base)
  for (const label of unicode.split('.')) {
    if (label.startsWith('xn--')) throw invalid(input, `the label ${label} is not valid Punycode (RFC 3492)`)
    checkScripts(input, label)
  }
  const { publicSuffix } = parse(base, { allowPrivateDomains: false, validateHostname: false })
  if (publicSuffix === base) {
    throw invalid(
      input,
      `${base} is a public suffix, under which others register their names`,
      `Give a name below it, such as example.${base}.`,
    )
  }
  const star = wildcard ? '*.' : ''
  return { name: star + base, base, wildcard, unicode: star + unicode }
}

/**
 * Reads all names of one certificate, the primary one first.
 * @throws DomainctlError `NAME_INVALID`, `NAMES_TOO_MANY`
 */
export function parseNames(inputs: readonly string[]): ParsedName[] {
  const names = inputs.map(parseName)
  if (names.length > MAX_NAMES) {
    throw new DomainctlError(
      'NAMES_TOO_MANY',
      `${names.length} names were given for one certificate; it carries at most ${MAX_NAMES}.`,
      {
        hint: 'Split the names over several domains.',
      },
    )
  }
  const long = names.find(({ base }) => base.length > LONGEST_BASE)
  if (long)
    throw invalid(
      long.name,
      `it has ${long.base.length} characters; with _acme-challenge. before it a name has room for ${LONGEST_BASE}`,
    )
  const seen = new Map<string, string>()
  for (const [i, { name }] of names.entries()) {
    const typed = inputs[i] ?? name
    if (seen.has(name)) throw invalid(typed, `it was given twice (also as ${seen.get(name)})`, 'Leave one of them out.')
    seen.set(name, typed)
  }
  for (const { name, wildcard } of names) {
    const cover = `*.${parentOf(name)}`
    // Let's Encrypt refuses an order with a name that a wildcard in it covers already.
    if (!wildcard && seen.has(cover))
      throw invalid(name, `${cover} of the same certificate covers it already`, `Leave ${name} out.`)
  }
  return names
}

function checkLabels(input: string, ascii: string): void {
  if (ascii.length > 253) throw invalid(input, `it has ${ascii.length} characters; a name has at most 253 (RFC 1035 §2.3.4)`)
  const labels = ascii.split('.')
  for (const label of labels) {
    if (label === '') throw invalid(input, 'it has an empty label (two dots in a row, or one at the start)')
    if (label.length > 63)
      throw invalid(
        input,
        `the label ${label.slice(0, 20)}… has ${label.length} characters; a label has at most 63 (RFC 1035 §2.3.4)`,
      )
    if (!LABEL.test(label)) throw invalid(input, `the label ${label} must start and end with a letter or digit`)
  }
  if (labels.length < 2) throw invalid(input, 'it is a single label', 'Give a full name such as shop.example.com.')
}

// Which scripts may stand together in one label: UTS #39 "highly restrictive".
const TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]
const SCRIPTS = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Bopomofo',
  'Armenian',
  'Hebrew',
  'Arabic',
  'Devanagari',
  'Thai',
  'Georgian',
  'Cherokee',
].map((script) => ({ script, pattern: new RegExp(`\\p{Script=${script}}`, 'u') }))

function checkScripts(input: string, label: string): void {
  const found = SCRIPTS.filter(({ pattern }) => pattern.test(label)).map(({ script }) => script)
  if (found.length < 2 || TOGETHER.some((set) => found.every((script) => set.includes(script)))) return
  throw invalid(
    input,
    `the label ${label} mixes ${found.join(' and ')} letters, as look-alike names do`,
    'Check that every letter is from the alphabet that you mean.',
  )
}

function describeAsciiFailure(host: string): string {
  const long = host.split('.').find((label) => label.length > 63)
  if (long) return `the label ${long.slice(0, 20)}… has ${long.length} characters; a label has at most 63 (RFC 1035 §2.3.4)`
  if (host.length > 253) return `it has ${host.length} characters; a name has at most 253 (RFC 1035 §2.3.4)`
  if (/(^|\.)\d+$/.test(host)) return 'its last label is a number'
  if (host.split('.').includes('')) return 'it has an empty label (two dots in a row, or one at the start)'
  return 'it is not a valid host name'
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url.replace(/^[^/]*\/\//, '').replace(/[/?#].*$/, '')
}

function invalid(input: string, why: string, hint = 'Correct the name and repeat.'): DomainctlError {
  const shown = input.length > 80 ? `${input.slice(0, 77)}…` : input
  return new DomainctlError('NAME_INVALID', `${JSON.stringify(shown)} is not a name for a certificate: ${why}.`, { hint })
}

/** Node's own test for IPv6 takes 9 ms the first time; a colon is in no name. */
function isAddress(text: string): boolean {
  return text.includes(':') || isIPv4(text)
}
