// Made by scripts/generate-config-schema.ts: `npm run gen` writes it anew.
/** What a configuration file of domainctl holds: docs/guide/configuration.md. */
export interface DomainctlConfig {
  /** the URL or the path of this schema, for editors */
  readonly $schema?: string
  /** where domains and certificates are kept: file:PATH or postgres://USER:PASSWORD@HOST/DATABASE (default: file:.domainctl/state.db) */
  readonly state?: string
  /** key that seals secrets in the state: 32 bytes in hex or base64; made beside a file state when absent */
  readonly encryptionKey?: string
  /** for which tenant (default: default) */
  readonly tenant?: string
  /** contact address of the account at the CA */
  readonly email?: string
  /** which account at the CA, of several; made where there is none (default: default) */
  readonly account?: string
  /** type of the keys of accounts that are made, or get another key (default: ec256) */
  readonly accountKeyType?: "ec256" | "ec384" | "rsa2048" | "rsa4096"
  /** accept the CA's terms of service (default: false) */
  readonly acceptTos?: boolean
  /** the CA, by name or directory URL; of several the first that CAA allows, then the next when it cannot serve (default: letsencrypt) */
  readonly ca?: string | readonly (string)[]
  /** PEM file with the roots that the TLS of the CA's API is checked with, in place of Node's own */
  readonly caRoot?: string
  /** key id of the external account at the CA, where it asks for one; for several CAs: see cas */
  readonly eabKid?: string
  /** HMAC key of that external account, in base64url */
  readonly eabHmacKey?: string
  /** API key of ZeroSSL, by which its external account is made; for other CAs with such an API: see cas */
  readonly zerosslApiKey?: string
  /** password of the PKCS#12 files that export --pkcs12 writes */
  readonly pkcs12Password?: string
  /** DNS provider of domains that name none; absent: the configured one that has the zone, else by hand */
  readonly provider?: string
  /** how domains that do not say are proven to the CA: over DNS or over HTTP (default: dns-01) */
  readonly challenge?: "dns-01" | "http-01"
  /** addresses at which HTTP-01 challenges are answered while an order needs it, such as 0.0.0.0:80,[::]:80 */
  readonly http01Listen?: string | readonly (string)[]
  /** folder that a web server serves, for files that answer HTTP-01 challenges */
  readonly http01Webroot?: string
  /** tell the CA to look without asking for the HTTP-01 answer first, where this machine cannot reach its own names (default: false) */
  readonly http01SkipSelfCheck?: boolean
  /** recursive resolvers, by address or over HTTPS; absent: the system's, with three public ones as judges */
  readonly resolver?: string | readonly (string)[]
  /** port of authoritative name servers, for a lab */
  readonly authoritativePort?: number
  /** port that the HTTP probe and the self-check of HTTP-01 ask in place of 80, for a lab */
  readonly httpPort?: number
  /** port that health checks measure in place of 443, for a lab */
  readonly httpsPort?: number
  /** PEM file with roots that certificates of domains may lead to, beside Node's own */
  readonly issuerRoot?: string
  /** places that are always there, to tell that this machine reaches anything before a name is called unhealthy; absent: three public resolvers, none with --allow-private */
  readonly healthAnchor?: string | readonly (string)[]
  /** allow name servers, and servers of the HTTP probe and of health checks, at private and loopback addresses (default: false) */
  readonly allowPrivate?: boolean
  /** which servers decide that a written record can be seen (default: authoritative) */
  readonly propagation?: "authoritative" | "recursive" | "none"
  /** how long to wait for that (default: 2m) */
  readonly propagationTimeout?: string
  /** how many names are worked on at the same time, auto: as many as prove good; verify: 32 where nothing is set (default: 16) */
  readonly concurrency?: "auto" | number
  /** run: how long what is under way gets to end when it is stopped, before it is aborted (default: 20s) */
  readonly drainTimeout?: string
  /** run: file that is touched after each look at what is due, for whoever watches that it lives */
  readonly liveFile?: string
  /** run: file that metrics are written to each minute, as Prometheus reads them */
  readonly metricsFile?: string
  /** DNS providers by names of your choice, each with its credentials */
  readonly providers?: Readonly<Record<string, {
    readonly type: "cloudflare"
    /** API token with the permissions Zone:Read and DNS:Edit for the zones. */
    readonly apiToken: string
    /** Id of the zone to write to, when it shall not be looked for: two accounts may have a zone of one name. */
    readonly zoneId?: string
    /** Id of the account, when the token sees several and only the zones of this one are meant. */
    readonly accountId?: string
    /** Where the API is, for a sandbox or a gateway of your own. */
    readonly baseUrl?: string
  } | {
    readonly type: "godaddy"
    /** Key of a production key of the GoDaddy account. */
    readonly apiKey: string
    /** Secret that was shown with the key. */
    readonly apiSecret: string
    /** Domain to write to, when it shall not be looked for: some accounts may not list their domains. */
    readonly zone?: string
    /** Where the API is, for a sandbox, a gateway of your own, or the test environment of GoDaddy. */
    readonly baseUrl?: string
  } | {
    readonly type: "manual"
  } | {
    readonly type: "rfc2136"
    /** Primary name server of the zone: host, host:port or [IPv6]:port; port 53 when none is given. */
    readonly nameserver: string
    /** Name of the TSIG key. */
    readonly tsigKey: string
    /** Secret of the TSIG key, in base64. */
    readonly tsigSecret: string
    /** Algorithm of the TSIG key: hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512. */
    readonly tsigAlgorithm?: "hmac-sha224" | "hmac-sha256" | "hmac-sha384" | "hmac-sha512"
    /** The zone to write to, when it shall not be found by asking the name server. */
    readonly zone?: string
    /** Longest wait for one answer, in milliseconds. */
    readonly timeoutMs?: number
  } | {
    readonly type: "route53"
    /** Id of the hosted zone to write to, when it shall not be looked for: an account may have two zones of one name. */
    readonly hostedZoneId?: string
    /** Region of AWS, which matters in China (cn-northwest-1) and in GovCloud (us-gov-west-1). */
    readonly region?: string
    /** Where the API is, for a sandbox or a gateway of your own. */
    readonly endpoint?: string
    /** Profile in the files of AWS (`~/.aws/config`) that has the credentials. */
    readonly profile?: string
  } | { readonly type: `.${string}` | `@${string}` | `${string}-${string}`; readonly [option: string]: unknown }>>
  /** which provider writes the records of a zone; the longest zone wins */
  readonly zones?: Readonly<Record<string, string>>
  /** where certificates serve, by names of your choice */
  readonly targets?: Readonly<Record<string, {
    readonly type: "exec"
    /** The program, then each of its arguments. */
    readonly command: readonly (string)[]
    /** How long it may take, in milliseconds. */
    readonly timeoutMs?: number
    /** The folder that it runs in; else that of domainctl. */
    readonly cwd?: string
    /** Further variables of the environment that it gets. Their values are cut out of what is told of its output. */
    readonly passEnv?: readonly (string)[]
    /** addresses at which a handshake has to show the new certificate: IP:PORT */
    readonly proveAt?: readonly (string)[]
    /** for which names */
    readonly proveNames?: "primary" | "all"
    /** how long it may take until it is shown */
    readonly proveTimeout?: string
  } | {
    readonly type: "files"
    /** Folder of each domain: `{name}` is its primary name, `_wildcard.example.com` for `*.example.com`. Made with 0700 when it is not there. */
    readonly folder: string
    /** The certificate alone; false: not written. */
    readonly certFile?: false | string
    /** The rest of the chain; false: not written. */
    readonly chainFile?: false | string
    /** Certificate and chain; false: not written. */
    readonly fullchainFile?: false | string
    /** The private key; false: not written. */
    readonly keyFile?: false | string
    /** Certificate, chain and key in one, as HAProxy reads it; false: not written. */
    readonly combinedFile?: false | string
    /** Mode of the files without a key. */
    readonly mode?: string
    /** Mode of the files with the key. */
    readonly keyMode?: string
    /** User who gets the files, by name (of /etc/passwd) or number; needs root. */
    readonly owner?: number | string
    /** Group that gets the files, by name (of /etc/group) or number. */
    readonly group?: number | string
    /** Files without links, replaced one by one: for what does not follow links. Who reads in between gets a mixed set. */
    readonly plainFiles?: boolean
    /** addresses at which a handshake has to show the new certificate: IP:PORT */
    readonly proveAt?: readonly (string)[]
    /** for which names */
    readonly proveNames?: "primary" | "all"
    /** how long it may take until it is shown */
    readonly proveTimeout?: string
  } | {
    readonly type: "haproxy"
    /** File of each domain, with certificate, chain and key: `{name}` is its primary name, `_wildcard.example.com` for `*.example.com`. 0600 when it is new. */
    readonly file: string
    /** The crt-list that the `bind` line names. */
    readonly crtList: string
    /** The stats socket, with the level admin: its path, or IP:PORT. */
    readonly socket: string
    /** How long an answer may take, in milliseconds. */
    readonly timeoutMs?: number
    /** addresses at which a handshake has to show the new certificate: IP:PORT */
    readonly proveAt?: readonly (string)[]
    /** for which names */
    readonly proveNames?: "primary" | "all"
    /** how long it may take until it is shown */
    readonly proveTimeout?: string
  } | {
    readonly type: "nginx"
    /** Folder of each domain: `{name}` is its primary name, `_wildcard.example.com` for `*.example.com`. Made with 0700 when it is not there. */
    readonly folder: string
    /** The certificate alone; false: not written. */
    readonly certFile?: false | string
    /** The rest of the chain; false: not written. */
    readonly chainFile?: false | string
    /** Certificate and chain; false: not written. */
    readonly fullchainFile?: false | string
    /** The private key; false: not written. */
    readonly keyFile?: false | string
    /** Certificate, chain and key in one, as HAProxy reads it; false: not written. */
    readonly combinedFile?: false | string
    /** Mode of the files without a key. */
    readonly mode?: string
    /** Mode of the files with the key. */
    readonly keyMode?: string
    /** User who gets the files, by name (of /etc/passwd) or number; needs root. */
    readonly owner?: number | string
    /** Group that gets the files, by name (of /etc/group) or number. */
    readonly group?: number | string
    /** Files without links, replaced one by one: for what does not follow links. Who reads in between gets a mixed set. */
    readonly plainFiles?: boolean
    /** What checks the configuration, with each argument. */
    readonly test?: readonly (string)[]
    /** What reloads it, with each argument. */
    readonly reload?: readonly (string)[]
    /** How long to wait for further domains before the check, in milliseconds. */
    readonly debounceMs?: number
    /** How long the check and the reload may take, each, in milliseconds. */
    readonly timeoutMs?: number
    /** addresses at which a handshake has to show the new certificate: IP:PORT */
    readonly proveAt?: readonly (string)[]
    /** for which names */
    readonly proveNames?: "primary" | "all"
    /** how long it may take until it is shown */
    readonly proveTimeout?: string
  } | {
    readonly type: "traefik"
    /** File of dynamic configuration of each domain, in the folder that Traefik watches: `{name}` is its primary name, `_wildcard.example.com` for `*.example.com`. */
    readonly file: string
    /** Folder of the certificates of each domain. Made with 0700 when it is not there. */
    readonly folder: string
    /** Where Traefik sees `folder`, when that is another path for it. */
    readonly seenAs?: string
    /** Entry points of the routers that domains with an upstream get. */
    readonly entryPoints?: readonly (string)[]
    /** Mode of the files without a key. */
    readonly mode?: string
    /** Mode of the files with the key. */
    readonly keyMode?: string
    /** User who gets the files, by name (of /etc/passwd) or number; needs root. */
    readonly owner?: number | string
    /** Group that gets the files, by name (of /etc/group) or number. */
    readonly group?: number | string
    /** addresses at which a handshake has to show the new certificate: IP:PORT */
    readonly proveAt?: readonly (string)[]
    /** for which names */
    readonly proveNames?: "primary" | "all"
    /** how long it may take until it is shown */
    readonly proveTimeout?: string
  } | {
    readonly type: "webhook"
    /** Where it is posted to. */
    readonly url: string
    /** What it is signed with: 16 bytes at least, known to you and the receiver. */
    readonly secret: string
    /** How long the receiver may take, in milliseconds. */
    readonly timeoutMs?: number
    /** PEM file with the roots that the receiver is checked with, in place of those of Node. */
    readonly caFile?: string
    /** addresses at which a handshake has to show the new certificate: IP:PORT */
    readonly proveAt?: readonly (string)[]
    /** for which names */
    readonly proveNames?: "primary" | "all"
    /** how long it may take until it is shown */
    readonly proveTimeout?: string
  }>>
  /** what is to be known of single CAs, by a known name or one of your own */
  readonly cas?: Readonly<Record<string, {
    /** the http(s) URL of an ACME directory */
    readonly directory?: string
    /** the path of a PEM file */
    readonly root?: string
    /** the name of an account: letters, digits, ., _ and - */
    readonly account?: string
    /** a duration such as 30s, 10m, 2h or 14d, the time-out of each request to its API */
    readonly timeout?: string
    /** the key id that the website of the CA shows */
    readonly eabKid?: string
    /** a reference to the HMAC key that the website of the CA shows (env:NAME or file:PATH) */
    readonly eabHmacKey?: string
    /** a mapping from what it counts (accounts, orders, certificates, duplicates, failures) to { count, per } */
    readonly limits?: {
      readonly accounts?: {
        readonly count: number
        readonly per: string
      }
      readonly orders?: {
        readonly count: number
        readonly per: string
      }
      readonly certificates?: {
        readonly count: number
        readonly per: string
      }
      readonly duplicates?: {
        readonly count: number
        readonly per: string
      }
      readonly failures?: {
        readonly count: number
        readonly per: string
      }
    }
    /** a reference to the key of the API that gives both in their place (env:NAME or file:PATH) */
    readonly apiKey?: string
    /** the https URL of that API, where it is not the known one */
    readonly externalAccountApi?: string
  }>>
  /** who is told what */
  readonly notifications?: {
    readonly channels: Readonly<Record<string, {
      readonly type: "slack"
      /** URL of the incoming webhook. */
      readonly url: string
    } | {
      readonly type: "smtp"
      /** The mail server. */
      readonly host: string
      /** Its port. */
      readonly port?: number
      /** `starttls`, `tls` or `none`. */
      readonly tls?: "starttls" | "tls" | "none"
      /** User at the mail server, where it wants one. */
      readonly user?: string
      /** Password of that user. */
      readonly password?: string
      /** Sender. */
      readonly from: string
      /** Recipients: an address or a list. */
      readonly to: string | readonly (string)[]
      /** PEM file with the roots that the server is checked with. */
      readonly caFile?: string
    } | {
      readonly type: "teams"
      /** URL of the workflow. */
      readonly url: string
    } | {
      readonly type: "webhook"
      /** Where it is posted to. */
      readonly url: string
      /** What it is signed with: 16 bytes at least, known to you and the receiver. */
      readonly secret: string
    }>>
    readonly routes?: readonly ({
      readonly channels: readonly (string)[]
      readonly events?: readonly ("domain.not_ready" | "domain.verified" | "domain.certificate_issued" | "domain.renewed" | "domain.deployed" | "domain.failed" | "domain.expiring" | "domain.unhealthy" | "domain.recovered")[]
      readonly severity?: "info" | "warning" | "critical"
      readonly tenants?: readonly (string)[]
      readonly labels?: Readonly<Record<string, string>>
    })[]
    readonly templates?: Readonly<Record<string, {
      readonly title?: string
      readonly text?: string
    }>>
    readonly group?: string
    readonly repeat?: string
  }
  /** when nobody is told that domains are broken */
  readonly maintenance?: readonly ({
    readonly from: string
    readonly to: string
    readonly names?: readonly (string)[]
    readonly labels?: Readonly<Record<string, string>>
  })[]
}

/** Gives the types of a configuration to an editor and to TypeScript; does nothing else. */
export declare const defineConfig: <const C extends DomainctlConfig>(config: C) => C
