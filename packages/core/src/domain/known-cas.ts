/** A CA that goes by a name. */
export interface KnownCa {
  /** URL of its ACME directory (RFC 8555 §7.1.1). */
  directory: string
  /** The names by which CAA records mean it (RFC 8659 §4.2), so that `verify` need not ask it who it is. */
  caaIdentities: readonly string[]
}

/** By name. What its directory says of itself goes first wherever the directory is read anyway. */
export const KNOWN_CAS: Readonly<Record<string, KnownCa>> = {
  // https://letsencrypt.org/docs/caa/
  letsencrypt: { directory: 'https://acme-v02.api.letsencrypt.org/directory', caaIdentities: ['letsencrypt.org'] },
  'letsencrypt-staging': {
    directory: 'https://acme-staging-v02.api.letsencrypt.org/directory',
    caaIdentities: ['letsencrypt.org'],
  },
}

/** How CAA names the CA with this directory, where it is a known one. */
export function knownCaaIdentities(directory: string): readonly string[] | undefined {
  return Object.values(KNOWN_CAS).find((ca) => ca.directory === directory)?.caaIdentities
}
