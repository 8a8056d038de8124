import { DomainctlError, KNOWN_CAS } from '@domainctl/core'
import type { Config } from '../config/config.ts'
import { printable } from '../output/text.ts'
import type { CaHint } from './found.ts'

/** Let's Encrypt's first API is off since June 2021; its accounts are those of the second. */
const MOVED: Readonly<Record<string, string>> = {
  'https://acme-v01.api.letsencrypt.org/directory': 'https://acme-v02.api.letsencrypt.org/directory',
  'https://acme-staging.api.letsencrypt.org/directory': 'https://acme-staging-v02.api.letsencrypt.org/directory',
}

/** Directories of CAs whose certificates nobody trusts. */
const STAGING = new Set([
  ...Object.entries(KNOWN_CAS).flatMap(([name, { directory }]) => (name.endsWith('-staging') ? [directory] : [])),
  'https://api.test4.buypass.no/acme/directory',
])

export function isStaging(directory: string): boolean {
  return STAGING.has(directory)
}

/** The name that people know a CA by, else its directory URL, which may be what somebody wrote into the folder. */
export function shownCa(directory: string): string {
  return Object.entries(KNOWN_CAS).find(([, ca]) => ca.directory === directory)?.[0] ?? printable(directory)
}

/**
 * The directory URL that a client's note means. Of a host alone it is that of a CA that is known or configured; with no note it is the
 * one that was chosen for this call.
 * @throws DomainctlError `USAGE`
 */
export function directoryOf(hint: CaHint | undefined, config: Pick<Config, 'settings' | 'origins' | 'cas'>): string {
  if (hint && 'directory' in hint) {
    if (URL.canParse(hint.directory)) return MOVED[hint.directory] ?? hint.directory
    throw unknownCa(`${JSON.stringify(hint.directory)} is no directory URL of a CA`)
  }
  const chosen = config.settings.ca.map((named) => configured(named, config))
  const known = [...chosen, ...Object.keys(config.cas).map((name) => configured(name, config)), ...all()]
  const fitting = [...new Set(known)].filter((directory) => hint !== undefined && URL.parse(directory)?.host === hint.host)
  const [only, ...others] = fitting
  if (only !== undefined && others.length === 0) return only
  const [first, ...more] =
    hint === undefined && config.origins.ca.source !== 'default' ? chosen : chosen.filter((one) => fitting.includes(one))
  if (first !== undefined && more.length === 0) return first
  throw unknownCa(
    hint === undefined ? 'Which CA it came from is noted nowhere' : `The directory of the CA at ${hint.host} is not known`,
  )
}

function configured(named: string, { cas }: Pick<Config, 'cas'>): string {
  return cas[named]?.directory ?? (Object.hasOwn(KNOWN_CAS, named) ? KNOWN_CAS[named]?.directory : undefined) ?? named
}

function all(): string[] {
  return Object.values(KNOWN_CAS).map(({ directory }) => directory)
}

function unknownCa(why: string): DomainctlError {
  return new DomainctlError('USAGE', `${why}.`, { hint: 'Name it with --ca, by its name or directory URL.' })
}
