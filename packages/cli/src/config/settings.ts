import { isCa, isEmail, isListenAddress, isResolver, isTenant, refusalOfCa, refusalOfResolver } from '../forms.ts'

/**
 * Types of settings: `state` a state URL · `path` a file, relative to where it was written down · `duration` as in
 * time.ts, kept in milliseconds · `secret` a value that is never shown; in a file only a reference to it.
 */
export type SettingType =
  | 'string'
  | 'state'
  | 'path'
  | 'boolean'
  | 'integer'
  | 'width'
  | 'duration'
  | 'list'
  | 'choice'
  | 'secret'

export interface Setting {
  type: SettingType
  /** What it is, for `--help`, `config show` and the documentation. */
  help: string
  /** Environment variable; a `secret` may also stand in the file that `<env>_FILE` names. */
  env: string
  /** As commander takes it; absent where no flag sets it for every command. */
  flag?: string
  /** As it would be typed. */
  default?: string
  /** Values of a `choice`. */
  choices?: readonly string[]
  /** What a text, or each of a list, has to look like; `refusal` says more of one that does not, where there is more to say. */
  form?: { expected: string; fits(text: string): boolean; refusal?(text: string): string | undefined }
  /** Bounds of an `integer` and a `width`. */
  range?: readonly [least: number, most: number]
}

/**
 * Every setting, once: flags, the environment, the schema of the configuration file, `config show` and
 * docs/guide/configuration.md are made from this table. The key is the one of the configuration file.
 */
export const SETTINGS = {
  state: {
    type: 'state',
    help: 'where domains and certificates are kept: file:PATH or postgres://USER:PASSWORD@HOST/DATABASE',
    env: 'DOMAINCTL_STATE',
    flag: '--state <url>',
    default: 'file:.domainctl/state.db',
  },
  encryptionKey: {
    type: 'secret',
    help: 'key that seals secrets in the state: 32 bytes in hex or base64; made beside a file state when absent',
    env: 'DOMAINCTL_ENCRYPTION_KEY',
  },
  tenant: {
    type: 'string',
    help: 'for which tenant',
    env: 'DOMAINCTL_TENANT',
    flag: '--tenant <id>',
    default: 'default',
    form: { expected: 'a text of letters, digits, ., _ and -', fits: isTenant },
  },
  email: {
    type: 'string',
    help: 'contact address of the account at the CA',
    env: 'DOMAINCTL_EMAIL',
    flag: '--email <address>',
    form: { expected: 'an e-mail address', fits: isEmail },
  },
  account: {
    type: 'string',
    help: 'which account at the CA, of several; made where there is none',
    env: 'DOMAINCTL_ACCOUNT',
    flag: '--account <name>',
    default: 'default',
    form: { expected: 'a text of letters, digits, ., _ and -', fits: isTenant },
  },
  accountKeyType: {
    type: 'choice',
    help: 'type of the keys of accounts that are made, or get another key',
    env: 'DOMAINCTL_ACCOUNT_KEY_TYPE',
    flag: '--account-key-type <type>',
    default: 'ec256',
    choices: ['ec256', 'ec384', 'rsa2048', 'rsa4096'],
  },
  acceptTos: {
    type: 'boolean',
    help: "accept the CA's terms of service",
    env: 'DOMAINCTL_ACCEPT_TOS',
    flag: '--accept-tos',
    default: 'false',
  },
  ca: {
    type: 'list',
    help: 'the CA, by name or directory URL; of several the first that CAA allows, then the next when it cannot serve',
    env: 'DOMAINCTL_CA',
    flag: '--ca <name|url>',
    default: 'letsencrypt',
    form: {
      expected: 'the name of a CA or the http(s) URL of an ACME directory',
      fits: isCa,
      refusal: refusalOfCa,
    },
  },
  caRoot: {
    type: 'path',
    help: "PEM file with the roots that the TLS of the CA's API is checked with, in place of Node's own",
    env: 'DOMAINCTL_CA_ROOT',
    flag: '--ca-root <pem>',
  },
  eabKid: {
    type: 'string',
    help: 'key id of the external account at the CA, where it asks for one; for several CAs: see cas',
    env: 'DOMAINCTL_EAB_KID',
    flag: '--eab-kid <id>',
  },
  eabHmacKey: {
    type: 'secret',
    help: 'HMAC key of that external account, in base64url',
    env: 'DOMAINCTL_EAB_HMAC_KEY',
  },
  zerosslApiKey: {
    type: 'secret',
    help: 'API key of ZeroSSL, by which its external account is made; for other CAs with such an API: see cas',
    env: 'DOMAINCTL_ZEROSSL_API_KEY',
  },
  pkcs12Password: {
    type: 'secret',
    help: 'password of the PKCS#12 files that export --pkcs12 writes',
    env: 'DOMAINCTL_PKCS12_PASSWORD',
  },
  provider: {
    type: 'string',
    help: 'DNS provider of domains that name none; absent: the configured one that has the zone, else by hand',
    env: 'DOMAINCTL_PROVIDER',
  },
  challenge: {
    type: 'choice',
    help: 'how domains that do not say are proven to the CA: over DNS or over HTTP',
    env: 'DOMAINCTL_CHALLENGE',
    default: 'dns-01',
    choices: ['dns-01', 'http-01'],
  },
  http01Listen: {
    type: 'list',
    help: 'addresses at which HTTP-01 challenges are answered while an order needs it, such as 0.0.0.0:80,[::]:80',
    env: 'DOMAINCTL_HTTP01_LISTEN',
    flag: '--http01-listen <ip:port>',
    form: { expected: 'IP:PORT or [IPv6]:PORT, or a list of these', fits: isListenAddress },
  },
  http01Webroot: {
    type: 'path',
    help: 'folder that a web server serves, for files that answer HTTP-01 challenges',
    env: 'DOMAINCTL_HTTP01_WEBROOT',
    flag: '--http01-webroot <folder>',
  },
  http01SkipSelfCheck: {
    type: 'boolean',
    help: 'tell the CA to look without asking for the HTTP-01 answer first, where this machine cannot reach its own names',
    env: 'DOMAINCTL_HTTP01_SKIP_SELF_CHECK',
    flag: '--http01-skip-self-check',
    default: 'false',
  },
  resolver: {
    type: 'list',
    help: "recursive resolvers, by address or over HTTPS; absent: the system's, with three public ones as judges",
    env: 'DOMAINCTL_RESOLVER',
    flag: '--resolver <ip[:port]|url>',
    form: {
      expected: 'a text or a list of texts, each IP, IP:PORT or https://HOST/PATH',
      fits: isResolver,
      refusal: refusalOfResolver,
    },
  },
  authoritativePort: {
    type: 'integer',
    help: 'port of authoritative name servers, for a lab',
    env: 'DOMAINCTL_AUTHORITATIVE_PORT',
    flag: '--authoritative-port <n>',
    range: [1, 65_535],
  },
  httpPort: {
    type: 'integer',
    help: 'port that the HTTP probe and the self-check of HTTP-01 ask in place of 80, for a lab',
    env: 'DOMAINCTL_HTTP_PORT',
    flag: '--http-port <n>',
    range: [1, 65_535],
  },
  httpsPort: {
    type: 'integer',
    help: 'port that health checks measure in place of 443, for a lab',
    env: 'DOMAINCTL_HTTPS_PORT',
    flag: '--https-port <n>',
    range: [1, 65_535],
  },
  issuerRoot: {
    type: 'path',
    help: "PEM file with roots that certificates of domains may lead to, beside Node's own",
    env: 'DOMAINCTL_ISSUER_ROOT',
    flag: '--issuer-root <pem>',
  },
  healthAnchor: {
    type: 'list',
    help: 'places that are always there, to tell that this machine reaches anything before a name is called unhealthy; absent: three public resolvers, none with --allow-private',
    env: 'DOMAINCTL_HEALTH_ANCHOR',
    flag: '--health-anchor <ip:port>',
    form: { expected: 'IP:PORT or [IPv6]:PORT, or a list of these', fits: isListenAddress },
  },
  allowPrivate: {
    type: 'boolean',
    help: 'allow name servers, and servers of the HTTP probe and of health checks, at private and loopback addresses',
    env: 'DOMAINCTL_ALLOW_PRIVATE',
    flag: '--allow-private',
    default: 'false',
  },
  propagation: {
    type: 'choice',
    help: 'which servers decide that a written record can be seen',
    env: 'DOMAINCTL_PROPAGATION',
    flag: '--propagation <mode>',
    default: 'authoritative',
    choices: ['authoritative', 'recursive', 'none'],
  },
  propagationTimeout: {
    type: 'duration',
    help: 'how long to wait for that',
    env: 'DOMAINCTL_PROPAGATION_TIMEOUT',
    flag: '--propagation-timeout <duration>',
    default: '2m',
  },
  concurrency: {
    type: 'width',
    help: 'how many names are worked on at the same time, auto: as many as prove good; verify: 32 where nothing is set',
    env: 'DOMAINCTL_CONCURRENCY',
    flag: '--concurrency <n>',
    default: '16',
    range: [1, 256],
  },
  drainTimeout: {
    type: 'duration',
    help: 'run: how long what is under way gets to end when it is stopped, before it is aborted',
    env: 'DOMAINCTL_DRAIN_TIMEOUT',
    flag: '--drain-timeout <duration>',
    default: '20s',
  },
  liveFile: {
    type: 'path',
    help: 'run: file that is touched after each look at what is due, for whoever watches that it lives',
    env: 'DOMAINCTL_LIVE_FILE',
    flag: '--live-file <file>',
  },
  metricsFile: {
    type: 'path',
    help: 'run: file that metrics are written to each minute, as Prometheus reads them',
    env: 'DOMAINCTL_METRICS_FILE',
    flag: '--metrics-file <file>',
  },
} as const satisfies Record<string, Setting>

export type SettingKey = keyof typeof SETTINGS

interface ValueOf {
  string: string
  state: string
  path: string
  boolean: boolean
  integer: number
  width: number | 'auto'
  duration: number
  list: string[]
  choice: string
  secret: string
}

type ValueOfSetting<S extends Setting> = S extends { choices: readonly (infer Choice)[] } ? Choice : ValueOf[S['type']]

/** The merged settings; those without a default may be undefined. */
export type Settings = {
  [Key in SettingKey]:
    | ValueOfSetting<(typeof SETTINGS)[Key]>
    | ((typeof SETTINGS)[Key] extends { default: string } ? never : undefined)
}

/** The table as rows, for those who go through all of them. */
export function settingRows(): [SettingKey, Setting][] {
  return Object.entries(SETTINGS) as [SettingKey, Setting][]
}
