import type { ErrorCode } from '../packages/core/src/errors.ts'

/** What to do about an error, for `docs/errors.md`; the hint of the error itself knows the case at hand and goes before it. */
export interface Advice {
  /** Sentences. */
  what: string
  /** A page that tells more: its title, and its path below `docs`. */
  more?: readonly [title: string, path: string]
}

const STATE: Advice['more'] = ['where the state is', 'guide/state.md']
const RESTORE: Advice['more'] = ['backup and restore', 'guide/backup.md']
const CONFIGURATION: Advice['more'] = ['configuration', 'guide/configuration.md']
const PROVIDERS: Advice['more'] = ['DNS providers', 'guide/providers.md']
const DIAGNOSIS: Advice['more'] = ['what `verify` finds', 'guide/diagnosis.md']
const CAS: Advice['more'] = ['certificate authorities', 'guide/certificate-authorities.md']
const RETRIES: Advice['more'] = ['limits and retries', 'guide/retries.md']
const ACCOUNTS: Advice['more'] = ['accounts at CAs', 'guide/accounts.md']
const HTTP_01: Advice['more'] = ['HTTP-01', 'guide/http-01.md']
const DEPLOY: Advice['more'] = ['where certificates serve', 'guide/deploy.md']
const NOTIFICATIONS: Advice['more'] = ['notifications', 'guide/notifications.md']
const APPLY: Advice['more'] = ['records made for you', 'guide/apply.md']
const SANDBOX: Advice['more'] = ['the sandbox', 'guide/sandbox.md']

export const ADVICE: Record<ErrorCode, Advice> = {
  INTERNAL: {
    what: 'Run the same command again: what was done is kept. Report it with the output of `--verbose`, in which no secret stands.',
  },
  INTERRUPTED: { what: 'Run the same command again.' },

  USAGE: { what: '`domainctl help COMMAND` has the options and examples.', more: ['commands', 'commands/README.md'] },
  CONFIG_INVALID: {
    what: 'Mend the value that the message names. `domainctl config show` prints where each value comes from.',
    more: CONFIGURATION,
  },
  NAME_INVALID: {
    what: 'Correct the name: a public suffix itself (`co.uk`), an address, an underscore or a single label gets no certificate.',
  },
  NAMES_TOO_MANY: { what: 'Make two domains of it, or use a wildcard for names of one level.' },
  DOMAIN_EXISTS: {
    what: '`domainctl show NAME` has its settings. Leave the other options out, or `remove` it first to begin anew.',
  },
  DOMAIN_NOT_FOUND: {
    what: 'See `domainctl list`, and whether `--state` and `--tenant` are those that you mean; else `domainctl add NAME`.',
  },
  DOMAIN_STATUS: {
    what: '`domainctl show NAME` says the status and its reason. `verify` revives a `failed` domain, `resume` a `suspended` one.',
    more: ['concepts', 'guide/concepts.md#the-lifecycle'],
  },
  CERTIFICATE_NONE: { what: '`domainctl issue NAME`.' },
  PROVIDER_UNKNOWN: {
    what: '`domainctl providers` lists those that are configured. Correct the name, or configure it.',
    more: PROVIDERS,
  },
  PROVIDER_AMBIGUOUS: {
    what: 'Say which one with `--provider`, or for the whole zone with `zones` in the configuration.',
    more: PROVIDERS,
  },
  TERMS_NOT_ACCEPTED: {
    what: 'Read them at the URL of the message, then `--accept-tos` (`acceptTos: true`).',
    more: ['contact and terms', 'guide/accounts.md#contact-and-terms'],
  },
  EXTERNAL_ACCOUNT_MISSING: {
    what: 'Get a key id and an HMAC key at the website of the CA, and configure both.',
    more: ['external accounts', 'guide/certificate-authorities.md#external-accounts'],
  },
  ACCOUNT_NOT_FOUND: {
    what: '`domainctl account list` has those that there are. Correct `--account` or `--ca`.',
    more: ACCOUNTS,
  },
  CSR_INVALID: {
    what: 'Make the request anew, for exactly the names that the certificate shall have.',
    more: ['a certificate request of your own', 'guide/certificate-authorities.md#a-certificate-request-of-your-own'],
  },
  OUTPUT_UNWRITABLE: {
    what: 'Give this user the right to write there, free room, or choose another folder.',
    more: ['certificates as files', 'guide/export.md'],
  },

  CERTIFICATE_INVALID: {
    what: 'The message says which file and what is wrong with it. Leave that one out, or have a new certificate with `domainctl issue NAME`.',
    more: ['from another client', 'guide/migrating.md'],
  },
  STATE_UNREADABLE: { what: 'Check path, rights and disk; where the file is damaged, restore a backup.', more: RESTORE },
  STATE_NEWER: {
    what: 'Use the newer domainctl, or restore the state of before the upgrade.',
    more: ['upgrading', 'guide/upgrading.md'],
  },
  STATE_FULL: { what: 'Free room on the disk, then run the same command again.', more: STATE },
  STATE_READ_ONLY: {
    what: 'Give this user the right to write the file and its folder, or run as the user whose state it is.',
    more: STATE,
  },
  STATE_KEY_WRONG: {
    what: 'Give the key that this state was made with; after a change of the key, the new one. Without it the secrets cannot be opened by anybody.',
    more: ['the encryption key', 'guide/state.md#another-encryption-key'],
  },
  STATE_KEY_INVALID: {
    what: 'Set `DOMAINCTL_ENCRYPTION_KEY_FILE` (or `DOMAINCTL_ENCRYPTION_KEY`). For a new state `openssl rand -hex 32` makes a key.',
    more: STATE,
  },
  STATE_BUSY: {
    what: 'Run it again. Where it lasts, see what else works on the state, and whether the database is up.',
    more: STATE,
  },
  STATE_CORRUPT: {
    what: '`domainctl state verify` says all that is wrong. Look after the disk, and restore a backup.',
    more: RESTORE,
  },
  LEASE_HELD: { what: 'Wait until the other process is done: after a crash a minute at most. Then run it again.' },
  LEASE_LOST: {
    what: 'Nothing: `domainctl show NAME` has what the other process did. Where it repeats, look for a machine that is paused or overloaded.',
  },

  DNS_NOT_READY: {
    what: 'Make the records that `domainctl verify NAME` names, exactly as they stand there; `--wait` goes on when they are seen.',
    more: DIAGNOSIS,
  },
  DNS_RECORDS_WANTED: {
    what: 'Make all records of the message at your DNS provider, leave those that stand there, then run the same command again.',
  },
  DNS_NOT_PROPAGATED: {
    what: 'Run it again: the record is kept. Where one server stays behind, its operator has to see to it; `--propagation-timeout` waits longer.',
    more: DIAGNOSIS,
  },
  DNS_CNAME_LOOP: { what: 'Take one CNAME of the circle that the message shows away.', more: DIAGNOSIS },
  DNS_ZONE_NOT_FOUND: {
    what: 'Check the spelling, and whether the domain is registered, paid for and delegated to name servers.',
    more: DIAGNOSIS,
  },
  DNS_UNREACHABLE: {
    what: 'Check that this machine may ask port 53 (UDP and TCP) outside; where it may not, `--resolver https://…` helps for what resolvers are asked.',
    more: ['resolvers', 'guide/configuration.md#resolvers'],
  },
  DNS_CAA_FORBIDS: {
    what: 'Add the CAA record of the message to those that stand there, or use a CA that they allow (`--ca`).',
    more: DIAGNOSIS,
  },
  DNS_CAA_FAILED: {
    what: 'The name servers of the zone have to answer for CAA: tell whoever runs them. It is tried again by itself.',
    more: DIAGNOSIS,
  },
  DNS_DNSSEC_BOGUS: {
    what: 'Sign the zone again, or take the DS record away at the registrar when the zone is not signed any more.',
    more: DIAGNOSIS,
  },
  HTTP_CHALLENGE_UNSERVED: {
    what: 'The message says which address answered what. Mend that (often an AAAA record that nothing listens at), then run it again.',
    more: HTTP_01,
  },
  HTTP_CHALLENGE_CANNOT_SERVE: { what: 'Free the port or use another behind a proxy; make the webroot writable.', more: HTTP_01 },
  OWNERSHIP_TAKEN: {
    what: 'The name is proven by another tenant. Remove it there, or publish the fresh ownership record that `add` says where it is in quarantine.',
    more: ['concepts', 'guide/concepts.md#tenants'],
  },

  HEALTH_BROKEN: {
    what: 'The code of the check says which layer is broken and what to do.',
    more: ['health', 'guide/health.md'],
  },
  HEALTH_INCONCLUSIVE: {
    what: 'Mend the connection of this machine; `--health-anchor` names places that it can always reach.',
    more: ['health', 'guide/health.md'],
  },
  CHANNEL_UNKNOWN: { what: 'Correct the name, or configure the channel.', more: NOTIFICATIONS },
  CHANNEL_UNREACHABLE: {
    what: 'Nothing at first: it is tried again. Where it lasts, `domainctl notify test` says what is wrong.',
    more: NOTIFICATIONS,
  },
  CHANNEL_REFUSED: {
    what: 'Make a new URL or credential at the receiver; `domainctl notify test` tries it.',
    more: NOTIFICATIONS,
  },
  NOTICE_REFUSED: {
    what: 'See what the receiver says. Where the words are yours (`templates`), shorten them.',
    more: NOTIFICATIONS,
  },

  PROVIDER_AUTH: {
    what: '`domainctl providers` tries each credential. Make a new one with the rights that the page of the provider lists.',
    more: PROVIDERS,
  },
  PROVIDER_ZONE_NOT_FOUND: {
    what: 'Use the account that has the zone, give the credential the right to see it, or choose another provider (`--provider`).',
    more: PROVIDERS,
  },
  PROVIDER_REFUSED: {
    what: "The message has the provider's own words and code. `domainctl providers test NAME` tries a write.",
    more: PROVIDERS,
  },
  PROVIDER_UNREACHABLE: {
    what: 'Nothing at first: it is tried again after 10 minutes. Then see the status page of the provider.',
    more: RETRIES,
  },
  PROVIDER_CONFLICT: {
    what: 'Take the record that the message names away, or do without the wanted one: beside a CNAME nothing else can stand.',
    more: APPLY,
  },
  PROVIDER_FAULTY: { what: 'Report it to the makers of that provider.', more: ['writing a provider', 'providers/writing.md'] },
  TARGET_UNKNOWN: {
    what: 'Correct the name, or configure it under `targets`; `--deploy` gives a domain its targets.',
    more: DEPLOY,
  },
  DEPLOY_FAILED: { what: 'Mend what the message says; `domainctl deploy NAME` tries it at once.', more: DEPLOY },
  DEPLOY_REFUSED: { what: "See the target's own words. Mend its configuration, then `domainctl deploy NAME`.", more: DEPLOY },
  DEPLOY_UNPROVEN: {
    what: 'Look at what the address of `proveAt` really serves: another server, another file, or a reload that did nothing. Then `domainctl deploy NAME`.',
    more: DEPLOY,
  },
  RECORD_FOREIGN: {
    what: 'Take it away yourself, or let `--force` replace it (it is kept, and put back by `--unapply`).',
    more: APPLY,
  },
  RECORD_TAKEN: { what: 'Change or remove the other domain that the message names first.', more: APPLY },

  CA_UNREACHABLE: {
    what: 'Nothing at first: it is tried again. Check the way out, and the status page of the CA. A second CA helps.',
    more: CAS,
  },
  CA_UNTRUSTED: {
    what: 'For a CA of your own, name its root with `--ca-root`. For a public one, something on the way reads along.',
    more: CAS,
  },
  CA_NOT_ACME: {
    what: 'Correct the URL: it is that of the directory, such as `https://acme-v02.api.letsencrypt.org/directory`.',
    more: CAS,
  },
  CA_RATE_LIMITED: { what: 'Wait until `retryAt`: the next run does. A second CA goes on meanwhile.', more: RETRIES },
  CA_BUDGET_SPENT: {
    what: 'Wait until `retryAt`, use a second CA, or have the limit raised and say so in `cas.NAME.limits`.',
    more: RETRIES,
  },
  CA_UNAVAILABLE: { what: 'Nothing at first: it is tried again. A second CA helps.', more: CAS },
  CA_STALLED: {
    what: 'Run it again later: the same order goes on.',
    more: ['when a CA fails on the way', 'guide/certificate-authorities.md#when-a-ca-fails-on-the-way'],
  },
  CA_REFUSED: {
    what: "The message has the CA's own words. Where it refuses the name for good, ask the CA or use another.",
    more: CAS,
  },
  CA_VALIDATION_FAILED: {
    what: '`domainctl verify NAME` looks at what the CA may have met. Mend it before the next try: failed validations are limited.',
    more: DIAGNOSIS,
  },
  CA_ORDER_INVALID: { what: 'Run it again: another order is made.', more: CAS },
  CA_ACCOUNT_INVALID: {
    what: 'Import the key that counts, or let the account go (`account deactivate`) and issue again.',
    more: ['from one state to another', 'guide/accounts.md#from-one-state-to-another'],
  },
  CA_BAD_CERTIFICATE: {
    what: 'Nothing was replaced. Report it to the CA; `issue` or `renew --force` orders once more.',
    more: ['chains', 'guide/certificate-authorities.md#chains'],
  },
  CLOCK_WRONG: { what: 'Set the clock of this machine (NTP), then run it again.' },

  SANDBOX_CANNOT_LISTEN: { what: 'Leave the port out, so that a free one is taken, or end what has it.', more: SANDBOX },
  SANDBOX_NOT_RUNNING: {
    what: 'Run it within `domainctl sandbox exec -- …`, or set the environment that `sandbox start` prints.',
    more: SANDBOX,
  },
  SANDBOX_HANDSHAKE_FAILED: { what: 'Export the certificate into the folder that `--serve` names.', more: SANDBOX },
}
