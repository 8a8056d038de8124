import { getDomain } from 'tldts'
import { baseOf } from './names.ts'

/**
 * The registered domains of the names, each once, as CAs count certificates: what stands directly below a public suffix, those of
 * hosting companies among them (https://letsencrypt.org/docs/rate-limits/). A name that is such a suffix itself counts as one.
 */
export function registeredDomains(names: readonly string[]): string[] {
  const options = { allowPrivateDomains: true, extractHostname: false, validateHostname: false, detectIp: false }
  return [...new Set(names.map(baseOf).map((name) => getDomain(name, options) ?? name))]
}
