/** What other clients call a provider that domainctl has; its type here. */
const TYPES: Readonly<Record<string, string>> = {
  // certbot: names of plugins.
  'dns-cloudflare': 'cloudflare',
  'dns-route53': 'route53',
  'dns-rfc2136': 'rfc2136',
  'dns-godaddy': 'godaddy',
  // acme.sh: names of scripts in dnsapi/.
  dns_cf: 'cloudflare',
  dns_aws: 'route53',
  dns_gd: 'godaddy',
  dns_nsupdate: 'rfc2136',
}

/** The type of provider that another client's word means; undefined: domainctl has none of that kind. */
export function providerType(word: string): string | undefined {
  // Plugins that were installed apart had their package before their name until certbot 1.7: `certbot-dns-x:dns-x`.
  const name = word.replace(/^.*:/, '')
  return Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
}
