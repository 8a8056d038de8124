import type { CaContext } from './ca-context.ts'

/** RFC 8555 §7.1.1, by what is set. */
export function describeDirectory({ settings, urls: { base, renewalInfo, terms } }: CaContext, caaIdentity: string): object {
  const profiles = Object.entries(settings.profiles).map(([name, { description }]) => [name, description])
  return {
    newNonce: `${base}/new-nonce`,
    newAccount: `${base}/new-account`,
    newOrder: `${base}/new-order`,
    revokeCert: `${base}/revoke-cert`,
    keyChange: `${base}/key-change`,
    ...(settings.renewalInfo && { renewalInfo }),
    meta: {
      termsOfService: terms,
      website: `${base}/`,
      caaIdentities: [caaIdentity],
      externalAccountRequired: settings.externalAccount.required ?? false,
      ...(profiles.length > 0 && { profiles: Object.fromEntries(profiles) }),
    },
  }
}
