/** The clients whose folders are understood. */
export const CLIENTS = ['certbot', 'lego', 'dehydrated', 'acme.sh'] as const
export type Client = (typeof CLIENTS)[number]

/** The CA of something: by the URL of its directory or, where the client kept no more, by the host (and port) of its API. */
export type CaHint = { directory: string } | { host: string }

/** Something that stays behind, and what takes its place here. */
export interface LeftBehind {
  what: string
  instead: string
}

/** An account at a CA, as a client kept it. */
export interface FoundAccount {
  /** By which certificates of the same folder mean it. */
  id: string
  ca: CaHint
  /** The file of its key. */
  place: string
  /** PEM or JWK. */
  readKey(): Promise<string>
}

/** A certificate, as a client kept it. */
export interface FoundCertificate {
  /** What the client calls it. */
  label: string
  /** The folder or file that it is in. */
  place: string
  ca?: CaHint
  /** `id` of the account that got it. */
  account?: string
  /** How its names were proven; absent: the client kept no note of it. */
  challenge?: 'dns-01' | 'http-01'
  /** What wrote the challenge records, in the client's words. */
  dns?: string
  /** The name that the client puts first. */
  primary?: string
  reuseKey?: boolean
  preferredChain?: string
  profile?: string
  leftBehind: LeftBehind[]
  warnings: string[]
  /** PEM: the chain, leaf first, and the private key. */
  read(): Promise<{ chain: string; privateKey: string }>
}

/** What stands where a certificate should be, and is none. */
export interface Unusable {
  label: string
  place: string
  why: string
}

/** All that a client keeps in one folder. Reading it has changed nothing. */
export interface Installation {
  client: Client
  folder: string
  accounts: FoundAccount[]
  certificates: (FoundCertificate | Unusable)[]
  /** What goes for all of its certificates. */
  leftBehind: LeftBehind[]
  /** Commands that keep the client from renewing by itself, and those that bring it back. */
  switchOff: string[]
  switchOn: string[]
}
