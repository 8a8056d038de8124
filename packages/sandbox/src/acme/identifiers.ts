import { domainToASCII, domainToUnicode } from 'node:url'
import { getPublicSuffix } from 'tldts'
import { malformed } from './payload.ts'
import { AcmeProblem, type ProblemDocument, type ProblemType } from './problem.ts'

const MOST_NAMES = 100

/** `_acme-challenge.` has to fit in front of it (RFC 1035 §3.1: 253 characters). */
const LONGEST_NAME = 253 - '_acme-challenge.'.length

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

type Refusal = readonly [type: ProblemType, why: string]

type Refused = readonly [name: string, refusal: Refusal]

/**
 * Reads the identifiers of a new order (RFC 8555 §7.4): names in lower case, `*.` among them.
 * @throws AcmeProblem with a subproblem for each that is refused (§6.7.1)
 */
export function readIdentifiers(value: unknown, most = MOST_NAMES): string[] {
  if (!Array.isArray(value) || value.length === 0) throw malformed('The identifiers have to be a list of at least one.')
  if (value.length > most) throw malformed(`The order has ${value.length} identifiers; at most ${most} are allowed.`)
  const names = value.map(readIdentifier)
  const all = new Set<string>()
  const refused: Refused[] = []
  for (const { type, name } of names) {
    const refusal: Refusal | undefined =
      type === 'dns'
        ? (refuseName(name) ?? (all.has(name) ? ['malformed', 'is in the order twice'] : undefined))
        : ['unsupportedIdentifier', 'is of a type that is not supported: only dns is']
    all.add(name)
    if (refusal) refused.push([name, refusal])
  }
  // A wildcard says the same already; public CAs refuse such orders.
  for (const name of all) {
    if (!name.startsWith('*.') && all.has(`*.${name.slice(name.indexOf('.') + 1)}`))
      refused.push([name, ['malformed', 'is in the order by a wildcard already']])
  }
  const [first, ...others] = refused
  if (first) throw refusal(first, others)
  return names.map(({ name }) => name)
}

function readIdentifier(identifier: unknown): { type: string; name: string } {
  if (typeof identifier === 'object' && identifier !== null && 'type' in identifier && 'value' in identifier) {
    const { type, value } = identifier
    if (typeof type === 'string' && typeof value === 'string') return { type, name: asciiLowerCase(value) }
  }
  throw malformed('Each identifier has to have a type and a value, both strings.')
}

/** Of ASCII alone: the KELVIN SIGN would become a k, and the name one that nobody has written. */
function asciiLowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function refuseName(ordered: string): Refusal | undefined {
  const name = ordered.startsWith('*.') ? ordered.slice(2) : ordered
  if (name.includes('*')) return ['malformed', 'has a wildcard elsewhere than as its whole first label']
  if (name.length > LONGEST_NAME)
    return ['rejectedIdentifier', `is longer than the ${LONGEST_NAME} characters that can be proven`]
  const labels = name.split('.')
  if (!labels.every((label) => LABEL.test(label))) return ['malformed', 'is not a host name']
  if (labels.length < 2) return ['rejectedIdentifier', 'has to have at least two labels below the root, without *.']
  const top = labels.at(-1) ?? ''
  if (!/[a-z]/.test(top)) return ['malformed', 'ends in a number, as addresses do']
  // RFC 5890 §2.3.1: nothing but Punycode has hyphens there.
  if (labels.some((label) => label.slice(2, 4) === '--' && !label.startsWith('xn--')))
    return ['malformed', 'has a label that is reserved']
  if (name.includes('xn--') && !isPunycode(name)) return ['malformed', 'has a label that is not valid Punycode']
  if (isPublicSuffix(name)) return ['rejectedIdentifier', 'is a public suffix, below which names belong to different owners']
  return undefined
}

/** Of the list's ICANN section. What operators have entered of their own zones, such as github.io, public CAs issue for. */
function isPublicSuffix(name: string): boolean {
  return getPublicSuffix(name, { allowPrivateDomains: false, extractHostname: false }) === name
}

/** Whether it reads as Unicode, and that is written as it is again. */
function isPunycode(name: string): boolean {
  const unicode = domainToUnicode(name)
  return !/(?:^|\.)xn--/.test(unicode) && domainToASCII(unicode) === name
}

function refusal(first: Refused, others: readonly Refused[]): AcmeProblem {
  const refused = [first, ...others]
  const [name, [type, why]] = first
  const subproblems: NonNullable<ProblemDocument['subproblems']> = refused.map(([value, [type, why]]) => ({
    type: `urn:ietf:params:acme:error:${type}`,
    detail: `${shown(value)} ${why}.`,
    identifier: { type: 'dns', value: shown(value) },
  }))
  const more = others.length > 0 ? ` (and ${others.length} more)` : ''
  const common = refused.every(([, [other]]) => other === type) ? type : 'malformed'
  return new AcmeProblem(common, 400, `${shown(name)} ${why}${more}.`, { subproblems })
}

/** Names come from outside: no longer than a name, and printable. */
function shown(name: string): string {
  return name.slice(0, 255).replace(/[^\x21-\x7e]/g, '?')
}
