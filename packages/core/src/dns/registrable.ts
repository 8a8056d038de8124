import { parse } from 'tldts'
import { isWithin } from '../domain/names.ts'

/** Where the search starts; the name itself when it has no registrable domain, as a public suffix has none. */
export function registrableDomain(name: string): string {
  const { domain } = parse(name, { allowPrivateDomains: false, validateHostname: false, detectIp: false })
  return domain && isWithin(name, domain) ? domain : name
}

/** Whether registries hand out names directly below it, by the ICANN part of the Public Suffix List; so it is with the root. */
export function isPublicSuffix(apex: string): boolean {
  if (apex === '') return true
  const { publicSuffix, isIcann } = parse(apex, { allowPrivateDomains: false, validateHostname: false, detectIp: false })
  return publicSuffix === apex && isIcann === true
}
