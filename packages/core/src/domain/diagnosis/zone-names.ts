/** Why a registrar has put its own name servers in place of the owner's. */
export type Suspension = 'expired' | 'unverified'

interface RegistrarNames {
  /** Who sets them, where that is certain. */
  registrar?: string
  why: Suspension
  /** Of the whole NS name in lower case. */
  matches: RegExp
}

/**
 * NS names that registrars set when a domain has expired, or when its owner did not confirm the contact data within the
 * 15 days of ICANN's rules. Only names that stand for nothing else: those that a registrar gives to every new or parked
 * domain are no sign (`expirationwarning.net` is the default of Instra, `sedoparking.com` sells domains).
 *
 * Sources: Alibaba Cloud's help "Domain name expiration and renewal" for `expirens3`; for the others, reports in public
 * repositories (2018–2026) of outages for which such a delegation was seen and the registrar named as the cause.
 */
const SET_BY_REGISTRARS: readonly RegistrarNames[] = [
  { registrar: 'PublicDomainRegistry', why: 'unverified', matches: /^[^.]+\.verification-hold\.suspended-domain\.com$/ },
  { registrar: 'Namecheap', why: 'unverified', matches: /^(failed-whois-verification|verify-contact-details)\.namecheap\.com$/ },
  { registrar: 'Alibaba Cloud', why: 'expired', matches: /^expirens\d+\.hichina\.com$/ },
  { registrar: 'Network Solutions', why: 'expired', matches: /\.pendingrenewaldeletion\.com$/ },
  { registrar: 'Tucows', why: 'expired', matches: /\.renewyourname\.net$/ },
  { registrar: 'Hostinger', why: 'expired', matches: /\.dns-expired\.com$/ },
  { registrar: 'Onamae.com', why: 'expired', matches: /\.onamae-expired\.com$/ },
  { registrar: 'REG.RU', why: 'expired', matches: /\.expired\.(reg|r01)\.ru$/ },
  { registrar: 'RU-CENTER', why: 'expired', matches: /^expirepages-[^.]+\.nic\.ru$/ },
  { registrar: 'NameBright', why: 'expired', matches: /^expired\d+\.namebrightdns\.com$/ },
  { why: 'expired', matches: /^ns\d+-domain-expired\.myhostadmin\.net$/ },
]

/** Who suspended a domain and why, by the NS names of its delegation; undefined unless most of them say so. */
export function suspensionOf(nameServers: readonly string[]): { registrar?: string; why: Suspension } | undefined {
  const names = nameServers.map((name) => name.toLowerCase().replace(/\.$/, ''))
  const found = names.flatMap((name) => SET_BY_REGISTRARS.find(({ matches }) => matches.test(name)) ?? [])
  const [first] = found
  return first && found.length * 2 > names.length
    ? { why: first.why, ...(first.registrar !== undefined && { registrar: first.registrar }) }
    : undefined
}
