// Made by scripts/generate-errors.ts: `npm run gen` writes it anew.
/** What `domainctl help CODE` prints, in paragraphs. */
export const EXPLAINED: Readonly<Record<string, readonly string[]>> = {
  "INTERNAL": [
    "A fault of domainctl itself: please report it with the output of --verbose.",
    "What to do: Run the same command again: what was done is kept. Report it with the output of --verbose, in which no secret stands.",
    "Who acts: domainctl. Exit code: 1."
  ],
  "INTERRUPTED": [
    "The work was stopped by a signal; what was done is saved, the same command continues it.",
    "What to do: Run the same command again.",
    "Who acts: operator. Exit code: 130."
  ],
  "USAGE": [
    "The command line asks for something that does not exist or does not fit together.",
    "What to do: domainctl help COMMAND has the options and examples.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/commands/README.md"
  ],
  "CONFIG_INVALID": [
    "The configuration (file, environment or flags) has an unknown key or a value of the wrong type.",
    "What to do: Mend the value that the message names. domainctl config show prints where each value comes from.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/configuration.md"
  ],
  "NAME_INVALID": [
    "The name is not a domain name that a certificate can be issued for.",
    "What to do: Correct the name: a public suffix itself (co.uk), an address, an underscore or a single label gets no certificate.",
    "Who acts: customer. Exit code: 2."
  ],
  "NAMES_TOO_MANY": [
    "A certificate carries at most 100 names.",
    "What to do: Make two domains of it, or use a wildcard for names of one level.",
    "Who acts: operator. Exit code: 2."
  ],
  "DOMAIN_EXISTS": [
    "The tenant has this domain already, with other settings.",
    "What to do: domainctl show NAME has its settings. Leave the other options out, or remove it first to begin anew.",
    "Who acts: operator. Exit code: 2."
  ],
  "DOMAIN_NOT_FOUND": [
    "The state knows no such domain for this tenant.",
    "What to do: See domainctl list, and whether --state and --tenant are those that you mean; else domainctl add NAME.",
    "Who acts: operator. Exit code: 2."
  ],
  "DOMAIN_STATUS": [
    "The domain is in a status in which this cannot be done.",
    "What to do: domainctl show NAME says the status and its reason. verify revives a failed domain, resume a suspended one.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/concepts.md#the-lifecycle"
  ],
  "CERTIFICATE_NONE": [
    "The domain has no certificate yet.",
    "What to do: domainctl issue NAME.",
    "Who acts: operator. Exit code: 3."
  ],
  "PROVIDER_UNKNOWN": [
    "No DNS provider of this name is configured.",
    "What to do: domainctl providers lists those that are configured. Correct the name, or configure it.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/providers.md"
  ],
  "PROVIDER_AMBIGUOUS": [
    "Several configured providers hold the zone of the name, and none of them was named.",
    "What to do: Say which one with --provider, or for the whole zone with zones in the configuration.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/providers.md"
  ],
  "TERMS_NOT_ACCEPTED": [
    "The CA has terms of service that were not accepted (--accept-tos).",
    "What to do: Read them at the URL of the message, then --accept-tos (acceptTos: true).",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/accounts.md#contact-and-terms"
  ],
  "EXTERNAL_ACCOUNT_MISSING": [
    "The CA binds its accounts to one at its website (EAB), and none was configured.",
    "What to do: Get a key id and an HMAC key at the website of the CA, and configure both.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/certificate-authorities.md#external-accounts"
  ],
  "ACCOUNT_NOT_FOUND": [
    "The state has no account of this name at this CA.",
    "What to do: domainctl account list has those that there are. Correct --account or --ca.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/accounts.md"
  ],
  "CSR_INVALID": [
    "The certificate signing request cannot be used: it is damaged, not signed by its own key, or for other names.",
    "What to do: Make the request anew, for exactly the names that the certificate shall have.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/certificate-authorities.md#a-certificate-request-of-your-own"
  ],
  "CERTIFICATE_INVALID": [
    "The certificate cannot be imported: it is damaged, expired, self-signed, or not for the key that came with it.",
    "What to do: The message says which file and what is wrong with it. Leave that one out, or have a new certificate with domainctl issue NAME.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/migrating.md"
  ],
  "OUTPUT_UNWRITABLE": [
    "A file of the export could not be written.",
    "What to do: Give this user the right to write there, free room, or choose another folder.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/export.md"
  ],
  "STATE_UNREADABLE": [
    "The state cannot be opened: it is missing rights, is not a database, or is damaged.",
    "What to do: Check path, rights and disk; where the file is damaged, restore a backup.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/backup.md"
  ],
  "STATE_NEWER": [
    "The state was written by a newer domainctl.",
    "What to do: Use the newer domainctl, or restore the state of before the upgrade.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/upgrading.md"
  ],
  "STATE_FULL": [
    "The disk that holds the state is full; nothing was lost, free room and repeat.",
    "What to do: Free room on the disk, then run the same command again.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/state.md"
  ],
  "STATE_READ_ONLY": [
    "The state or its folder cannot be written.",
    "What to do: Give this user the right to write the file and its folder, or run as the user whose state it is.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/state.md"
  ],
  "STATE_KEY_WRONG": [
    "The encryption key is not the one that the state was sealed with.",
    "What to do: Give the key that this state was made with; after a change of the key, the new one. Without it the secrets cannot be opened by anybody.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/state.md#another-encryption-key"
  ],
  "STATE_KEY_INVALID": [
    "The encryption key is missing or is not 32 bytes in hex or base64.",
    "What to do: Set DOMAINCTL_ENCRYPTION_KEY_FILE (or DOMAINCTL_ENCRYPTION_KEY). For a new state openssl rand -hex 32 makes a key.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/state.md"
  ],
  "STATE_BUSY": [
    "Another process held the lock of the state for too long; nothing was changed.",
    "What to do: Run it again. Where it lasts, see what else works on the state, and whether the database is up.",
    "Who acts: operator. Exit code: 9.",
    "More: docs/guide/state.md"
  ],
  "STATE_CORRUPT": [
    "A value in the state cannot be read back, or the check after a crash has found the state damaged.",
    "What to do: domainctl state verify says all that is wrong. Look after the disk, and restore a backup.",
    "Who acts: operator. Exit code: 1.",
    "More: docs/guide/backup.md"
  ],
  "LEASE_HELD": [
    "Another process is at work on this domain, or on the records of this name at the provider.",
    "What to do: Wait until the other process is done: after a crash a minute at most. Then run it again.",
    "Who acts: operator. Exit code: 9."
  ],
  "LEASE_LOST": [
    "The lease ran out and another process took the domain over; its result counts.",
    "What to do: Nothing: domainctl show NAME has what the other process did. Where it repeats, look for a machine that is paused or overloaded.",
    "Who acts: domainctl. Exit code: 9."
  ],
  "DNS_NOT_READY": [
    "Records that prove control of the name are missing or wrong.",
    "What to do: Make the records that domainctl verify NAME names, exactly as they stand there; --wait goes on when they are seen.",
    "Who acts: customer. Exit code: 3.",
    "More: docs/guide/diagnosis.md"
  ],
  "DNS_RECORDS_WANTED": [
    "Records have to be made by hand; the same command continues once they are there.",
    "What to do: Make all records of the message at your DNS provider, leave those that stand there, then run the same command again.",
    "Who acts: operator. Exit code: 3."
  ],
  "DNS_NOT_PROPAGATED": [
    "A record was written but not every authoritative server of the zone shows it in time.",
    "What to do: Run it again: the record is kept. Where one server stays behind, its operator has to see to it; --propagation-timeout waits longer.",
    "Who acts: provider. Exit code: 3.",
    "More: docs/guide/diagnosis.md"
  ],
  "DNS_CNAME_LOOP": [
    "A chain of CNAME records leads back to itself or is longer than 16 hops.",
    "What to do: Take one CNAME of the circle that the message shows away.",
    "Who acts: customer. Exit code: 3.",
    "More: docs/guide/diagnosis.md"
  ],
  "DNS_ZONE_NOT_FOUND": [
    "No zone that is delegated in the DNS holds this name.",
    "What to do: Check the spelling, and whether the domain is registered, paid for and delegated to name servers.",
    "Who acts: customer. Exit code: 3.",
    "More: docs/guide/diagnosis.md"
  ],
  "DNS_UNREACHABLE": [
    "No name server gave a usable answer.",
    "What to do: Check that this machine may ask port 53 (UDP and TCP) outside; where it may not, --resolver https://… helps for what resolvers are asked.",
    "Who acts: operator. Exit code: 3.",
    "More: docs/guide/configuration.md#resolvers"
  ],
  "DNS_CAA_FORBIDS": [
    "CAA records do not let the CA issue for the name; nothing was ordered, so no failed validation was counted.",
    "What to do: Add the CAA record of the message to those that stand there, or use a CA that they allow (--ca).",
    "Who acts: customer. Exit code: 3.",
    "More: docs/guide/diagnosis.md"
  ],
  "DNS_CAA_FAILED": [
    "The CAA records of the name could not be looked up, and a CA that cannot see them refuses; nothing was ordered.",
    "What to do: The name servers of the zone have to answer for CAA: tell whoever runs them. It is tried again by itself.",
    "Who acts: provider. Exit code: 3.",
    "More: docs/guide/diagnosis.md"
  ],
  "DNS_DNSSEC_BOGUS": [
    "The DNSSEC signatures of the zone do not validate, and every CA fails at that; nothing was ordered.",
    "What to do: Sign the zone again, or take the DS record away at the registrar when the zone is not signed any more.",
    "Who acts: customer. Exit code: 3.",
    "More: docs/guide/diagnosis.md"
  ],
  "HTTP_CHALLENGE_UNSERVED": [
    "The answer to an HTTP-01 challenge is not served at the name; the CA was not told to look, so nothing was counted.",
    "What to do: The message says which address answered what. Mend that (often an AAAA record that nothing listens at), then run it again.",
    "Who acts: operator. Exit code: 3.",
    "More: docs/guide/http-01.md"
  ],
  "HTTP_CHALLENGE_CANNOT_SERVE": [
    "The answer to an HTTP-01 challenge cannot be given: the port is taken, or the webroot cannot be written.",
    "What to do: Free the port or use another behind a proxy; make the webroot writable.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/http-01.md"
  ],
  "OWNERSHIP_TAKEN": [
    "Another tenant has proven ownership of this name.",
    "What to do: The name is proven by another tenant. Remove it there, or publish the fresh ownership record that add says where it is in quarantine.",
    "Who acts: customer. Exit code: 3.",
    "More: docs/guide/concepts.md#tenants"
  ],
  "HEALTH_BROKEN": [
    "Visitors of the name fail; which layer is broken, and why, is in the code of the check.",
    "What to do: The code of the check says which layer is broken and what to do.",
    "Who acts: operator. Exit code: 8.",
    "More: docs/guide/health.md"
  ],
  "HEALTH_INCONCLUSIVE": [
    "The health of the name could not be measured: this machine itself reaches nothing, or has no way to its addresses.",
    "What to do: Mend the connection of this machine; --health-anchor names places that it can always reach.",
    "Who acts: operator. Exit code: 3.",
    "More: docs/guide/health.md"
  ],
  "CHANNEL_UNKNOWN": [
    "No channel for notices of this name is configured.",
    "What to do: Correct the name, or configure the channel.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/notifications.md"
  ],
  "CHANNEL_UNREACHABLE": [
    "A channel for notices could not be reached, is limited, or failed; it is tried again.",
    "What to do: Nothing at first: it is tried again. Where it lasts, domainctl notify test says what is wrong.",
    "Who acts: operator. Exit code: 6.",
    "More: docs/guide/notifications.md"
  ],
  "CHANNEL_REFUSED": [
    "A channel for notices refuses its address or credential; it is tried again, so that nothing is lost when that is mended.",
    "What to do: Make a new URL or credential at the receiver; domainctl notify test tries it.",
    "Who acts: operator. Exit code: 6.",
    "More: docs/guide/notifications.md"
  ],
  "NOTICE_REFUSED": [
    "A channel will never take this notice; it is not sent again.",
    "What to do: See what the receiver says. Where the words are yours (templates), shorten them.",
    "Who acts: domainctl. Exit code: 6.",
    "More: docs/guide/notifications.md"
  ],
  "PROVIDER_AUTH": [
    "The provider refused the credential (for rfc2136: the TSIG key, algorithm or this machine's clock).",
    "What to do: domainctl providers tries each credential. Make a new one with the rights that the page of the provider lists.",
    "Who acts: operator. Exit code: 6.",
    "More: docs/guide/providers.md"
  ],
  "PROVIDER_ZONE_NOT_FOUND": [
    "The provider holds no zone for this name.",
    "What to do: Use the account that has the zone, give the credential the right to see it, or choose another provider (--provider).",
    "Who acts: operator. Exit code: 6.",
    "More: docs/guide/providers.md"
  ],
  "PROVIDER_REFUSED": [
    "The provider understood the change and refused it.",
    "What to do: The message has the provider's own words and code. domainctl providers test NAME tries a write.",
    "Who acts: operator. Exit code: 6.",
    "More: docs/guide/providers.md"
  ],
  "PROVIDER_UNREACHABLE": [
    "The provider could not be reached or did not answer in time.",
    "What to do: Nothing at first: it is tried again after 10 minutes. Then see the status page of the provider.",
    "Who acts: provider. Exit code: 6.",
    "More: docs/guide/retries.md"
  ],
  "PROVIDER_CONFLICT": [
    "Another record stands in the way, such as a CNAME at the same name.",
    "What to do: Take the record that the message names away, or do without the wanted one: beside a CNAME nothing else can stand.",
    "Who acts: customer. Exit code: 6.",
    "More: docs/guide/apply.md"
  ],
  "PROVIDER_FAULTY": [
    "The code of a provider that domainctl does not come with failed in a way that it should not: report it to its makers.",
    "What to do: Report it to the makers of that provider.",
    "Who acts: provider. Exit code: 6.",
    "More: docs/providers/writing.md"
  ],
  "TARGET_UNKNOWN": [
    "No target of this name is configured, or the domain is not for it.",
    "What to do: Correct the name, or configure it under targets; --deploy gives a domain its targets.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/deploy.md"
  ],
  "DEPLOY_FAILED": [
    "The certificate could not be put where it is to serve; what was there before stays, and it is tried again by itself (V1).",
    "What to do: Mend what the message says; domainctl deploy NAME tries it at once.",
    "Who acts: operator. Exit code: 6.",
    "More: docs/guide/deploy.md"
  ],
  "DEPLOY_REFUSED": [
    "The target will not take this certificate as it is; what was there before stays. It is tried again once a day, and when another certificate is there.",
    "What to do: See the target's own words. Mend its configuration, then domainctl deploy NAME.",
    "Who acts: operator. Exit code: 6.",
    "More: docs/guide/deploy.md"
  ],
  "DEPLOY_UNPROVEN": [
    "The target took the certificate and does not serve it, as TLS handshakes show; what was there before was put back. It is tried again by itself.",
    "What to do: Look at what the address of proveAt really serves: another server, another file, or a reload that did nothing. Then domainctl deploy NAME.",
    "Who acts: operator. Exit code: 6.",
    "More: docs/guide/deploy.md"
  ],
  "RECORD_FOREIGN": [
    "A record that domainctl did not make stands where one of its own belongs; it was left as it is (--force replaces it).",
    "What to do: Take it away yourself, or let --force replace it (it is kept, and put back by --unapply).",
    "Who acts: operator. Exit code: 3.",
    "More: docs/guide/apply.md"
  ],
  "RECORD_TAKEN": [
    "A record that domainctl made for another domain stands where one of this domain belongs; not even --force replaces it.",
    "What to do: Change or remove the other domain that the message names first.",
    "Who acts: operator. Exit code: 3.",
    "More: docs/guide/apply.md"
  ],
  "CA_UNREACHABLE": [
    "The CA could not be reached or did not answer in time.",
    "What to do: Nothing at first: it is tried again. Check the way out, and the status page of the CA. A second CA helps.",
    "Who acts: ca. Exit code: 5.",
    "More: docs/guide/certificate-authorities.md"
  ],
  "CA_UNTRUSTED": [
    "The TLS certificate of the CA's API is not trusted (--ca-root).",
    "What to do: For a CA of your own, name its root with --ca-root. For a public one, something on the way reads along.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/certificate-authorities.md"
  ],
  "CA_NOT_ACME": [
    "What answers at this URL is not an ACME directory.",
    "What to do: Correct the URL: it is that of the directory, such as https://acme-v02.api.letsencrypt.org/directory.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/certificate-authorities.md"
  ],
  "CA_RATE_LIMITED": [
    "The CA asks to come back later; the time is in retryAt.",
    "What to do: Wait until retryAt: the next run does. A second CA goes on meanwhile.",
    "Who acts: ca. Exit code: 5.",
    "More: docs/guide/retries.md"
  ],
  "CA_BUDGET_SPENT": [
    "One more would be over a limit of the CA: nothing was asked of it; when there is room again is in retryAt.",
    "What to do: Wait until retryAt, use a second CA, or have the limit raised and say so in cas.NAME.limits.",
    "Who acts: operator. Exit code: 5.",
    "More: docs/guide/retries.md"
  ],
  "CA_UNAVAILABLE": [
    "The CA answered with an error of its own (5xx).",
    "What to do: Nothing at first: it is tried again. A second CA helps.",
    "Who acts: ca. Exit code: 5.",
    "More: docs/guide/certificate-authorities.md"
  ],
  "CA_STALLED": [
    "The CA has been processing for longer than the time-out; the order is kept and continued by the next run.",
    "What to do: Run it again later: the same order goes on.",
    "Who acts: ca. Exit code: 5.",
    "More: docs/guide/certificate-authorities.md#when-a-ca-fails-on-the-way"
  ],
  "CA_REFUSED": [
    "The CA refused the request; its problem document is in the cause.",
    "What to do: The message has the CA's own words. Where it refuses the name for good, ask the CA or use another.",
    "Who acts: operator. Exit code: 4.",
    "More: docs/guide/certificate-authorities.md"
  ],
  "CA_VALIDATION_FAILED": [
    "The CA looked and did not find the proof; its problem document is in the cause.",
    "What to do: domainctl verify NAME looks at what the CA may have met. Mend it before the next try: failed validations are limited.",
    "Who acts: customer. Exit code: 4.",
    "More: docs/guide/diagnosis.md"
  ],
  "CA_ORDER_INVALID": [
    "The order became invalid at the CA.",
    "What to do: Run it again: another order is made.",
    "Who acts: ca. Exit code: 4.",
    "More: docs/guide/certificate-authorities.md"
  ],
  "CA_ACCOUNT_INVALID": [
    "The account does not exist at the CA, is not valid any more, or has another key there.",
    "What to do: Import the key that counts, or let the account go (account deactivate) and issue again.",
    "Who acts: operator. Exit code: 4.",
    "More: docs/guide/accounts.md#from-one-state-to-another"
  ],
  "CA_BAD_CERTIFICATE": [
    "The certificate from the CA does not fit the order: other names or another key.",
    "What to do: Nothing was replaced. Report it to the CA; issue or renew --force orders once more.",
    "Who acts: ca. Exit code: 4.",
    "More: docs/guide/certificate-authorities.md#chains"
  ],
  "CLOCK_WRONG": [
    "The certificate is not valid at the time that this machine's clock shows.",
    "What to do: Set the clock of this machine (NTP), then run it again.",
    "Who acts: operator. Exit code: 2."
  ],
  "SANDBOX_CANNOT_LISTEN": [
    "A port that the sandbox was told to use is taken, or this machine has no such loopback address.",
    "What to do: Leave the port out, so that a free one is taken, or end what has it.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/sandbox.md"
  ],
  "SANDBOX_NOT_RUNNING": [
    "The command needs a sandbox, and the environment names none (domainctl sandbox exec).",
    "What to do: Run it within domainctl sandbox exec -- …, or set the environment that sandbox start prints.",
    "Who acts: operator. Exit code: 2.",
    "More: docs/guide/sandbox.md"
  ],
  "SANDBOX_HANDSHAKE_FAILED": [
    "The sandbox's HTTPS server did not show a good certificate for the name.",
    "What to do: Export the certificate into the folder that --serve names.",
    "Who acts: operator. Exit code: 3.",
    "More: docs/guide/sandbox.md"
  ],
  "RECORD_MISSING": [
    "Error of verify and doctor: No server shows a record of this name and type, and it was not found at the usual wrong places.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_PARTIAL": [
    "Error of verify and doctor: Some servers of the zone show the record and others do not yet: wait.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_WRONG": [
    "Error of verify and doctor: Another value stands there, and it does not look like a slip of the pen.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_HIDDEN_BY_CNAME": [
    "Error of verify and doctor: A CNAME stands at the name, and no other record can stand beside a CNAME (RFC 1034 §3.6.2).",
    "What to do: as the check says, which knows the record."
  ],
  "CNAME_AT_APEX": [
    "Error of verify and doctor: A CNAME is wanted at the apex of a zone, where none can stand: use addresses or an alias of the provider.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_QUOTED": [
    "Error of verify and doctor: Quotation marks are part of the value.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_SPACED": [
    "Error of verify and doctor: Blanks, a line break or invisible characters are part of the value.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_CASE": [
    "Error of verify and doctor: Letters of a TXT value are in another case.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_PREFIX": [
    "Error of verify and doctor: The TXT value is the token alone, without what stands before it (domainctl=).",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_NAME": [
    "Error of verify and doctor: The record's name was entered as its value, alone or before it.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_CUT": [
    "Error of verify and doctor: A part of the value is missing at its start or end.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_GLUED": [
    "Error of verify and doctor: The value is right, but other text stands before or after it in the same record.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_ZONE_APPENDED": [
    "Error of verify and doctor: The zone was appended to the host name: its final dot was missing (RFC 1035 §5.1).",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_DOTS": [
    "Error of verify and doctor: The host name ends with a dot too many.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_WWW": [
    "Error of verify and doctor: The host name has a www. too many or too few.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_URL": [
    "Error of verify and doctor: A URL, a path or a port was entered where a host name is wanted.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_VALUE_KIND": [
    "Error of verify and doctor: An address stands where a CNAME to a host name is wanted, or the other way round.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_ZONE_DOUBLED": [
    "Error of verify and doctor: The record stands at a name that ends with the zone twice: the panel appended it once more.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_AT_NAME": [
    "Error of verify and doctor: The record stands at the name itself, not below it at the label that starts with _.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_UNDERSCORE_MISSING": [
    "Error of verify and doctor: The record stands at a label without its _.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_AT_APEX": [
    "Error of verify and doctor: The record of a subdomain stands below the apex of the zone.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_WWW_ONLY": [
    "Error of verify and doctor: The record stands at the name with www., and is missing at the name without it; both are wanted.",
    "What to do: as the check says, which knows the record."
  ],
  "RECORD_WWW_MISSING": [
    "Error of verify and doctor: The record stands at the name, and is missing at the name with www.; both are wanted.",
    "What to do: as the check says, which knows the record."
  ],
  "ROUTING_ELSEWHERE": [
    "Error of verify and doctor: The name leads to another host or other addresses: mostly where the site was before.",
    "What to do: as the check says, which knows the record."
  ],
  "ROUTING_MIXED": [
    "Error of verify and doctor: Some of the addresses at the name are the wanted ones and others are not: visitors reach both.",
    "What to do: as the check says, which knows the record."
  ],
  "ROUTING_AAAA_ELSEWHERE": [
    "Error of verify and doctor: The IPv4 addresses are right, but an AAAA record leads visitors with IPv6, and the CA, elsewhere.",
    "What to do: as the check says, which knows the record."
  ],
  "ROUTING_PROXIED": [
    "Error of verify and doctor: The name shows addresses of a proxy, such as Cloudflare's, behind which the DNS cannot tell what serves it.",
    "What to do: as the check says, which knows the record."
  ],
  "ROUTING_FLATTENED": [
    "Info of verify and doctor: The name has no CNAME, but the very addresses of the wanted host: its provider flattens the CNAME, or they were entered.",
    "What to do: as the check says, which knows the record."
  ],
  "ROUTING_CHAINED": [
    "Info of verify and doctor: The name leads to the wanted host by way of other names.",
    "What to do: as the check says, which knows the record."
  ],
  "ROUTING_WILDCARD_SHADOWED": [
    "Error of verify and doctor: A wildcard record leads to the wanted host, but does not count for this name, since a record exists at or below it (RFC 4592 §2.2.1).",
    "What to do: as the check says, which knows the record."
  ],
  "CNAME_BESIDE_OTHERS": [
    "Error of verify and doctor: A CNAME is wanted where other records stand (MX, TXT, …), and a CNAME stands alone (RFC 1034 §3.6.2).",
    "What to do: as the check says, which knows the record."
  ],
  "CHAIN_BROKEN": [
    "Error of verify and doctor: The CNAME records lead to a name that does not exist or has no address.",
    "What to do: as the check says, which knows the record."
  ],
  "CHAIN_LOOP": [
    "Error of verify and doctor: The CNAME records lead back to themselves, or are more than 16.",
    "What to do: as the check says, which knows the record."
  ],
  "DOMAIN_NOT_REGISTERED": [
    "Error of verify and doctor: The registry knows no such domain: it was never registered, has expired, or is on hold.",
    "What to do: as the check says, which knows the record."
  ],
  "DOMAIN_SUSPENDED": [
    "Error of verify and doctor: The domain's name servers are those that its registrar sets for domains that have expired or are suspended.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_NOT_DELEGATED": [
    "Error of verify and doctor: The zone above has the name but delegates it to no name server.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_REFUSED": [
    "Error of verify and doctor: The name servers of the delegation answer, but none of them serves the zone.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_UNREACHABLE": [
    "Error of verify and doctor: No name server of the delegation answers.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_SERVERS_PRIVATE": [
    "Error of verify and doctor: The name servers of the delegation have private or loopback addresses, which are not asked.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_SERVER_REFUSES": [
    "Warning of verify and doctor: Some name servers of the delegation do not serve the zone; a CA that asks one of them fails.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_SERVER_UNREACHABLE": [
    "Warning of verify and doctor: Some name servers of the delegation do not answer.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_SERVER_ADDRESSLESS": [
    "Warning of verify and doctor: A name server of the delegation has no address.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_COPIES_DIFFER": [
    "Error of verify and doctor: The name servers of the delegation are of two companies that each have a copy of the zone, and only one copy has the records.",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_PARENT_DIFFERS": [
    "Warning of verify and doctor: The zone above and the zone itself name different name servers (RFC 1034 §4.2.2).",
    "What to do: as the check says, which knows the record."
  ],
  "ZONE_PARENT_SILENT": [
    "Warning of verify and doctor: The zone above could not be asked; the name servers are those that the resolver knows.",
    "What to do: as the check says, which knows the record."
  ],
  "SPLIT_HORIZON": [
    "Warning of verify and doctor: This machine's resolver shows another zone of this name than the public DNS does, and CAs see the public one; an error where the public DNS has none.",
    "What to do: as the check says, which knows the record."
  ],
  "DNSSEC_BOGUS": [
    "Error of verify and doctor: Validating resolvers refuse the zone: its DNSSEC signatures or its DS record are broken. Every CA fails at it.",
    "What to do: as the check says, which knows the record."
  ],
  "RESOLVER_FAILS": [
    "Warning of verify and doctor: A resolver fails for the zone although the zone's own servers answer.",
    "What to do: as the check says, which knows the record."
  ],
  "CACHE_OLD": [
    "Warning of verify and doctor: The servers of the zone are right, but resolvers still show what was there before, for as long as its TTL says.",
    "What to do: as the check says, which knows the record."
  ],
  "CACHE_NEGATIVE": [
    "Warning of verify and doctor: The servers of the zone are right, but resolvers still say that there is no such record, for as long as the SOA of the zone says.",
    "What to do: as the check says, which knows the record."
  ],
  "CHALLENGE_CNAME": [
    "Info of verify and doctor: The name of the challenge is a CNAME; the challenge is written where it leads.",
    "What to do: as the check says, which knows the record."
  ],
  "CHALLENGE_UNREACHABLE": [
    "Error of verify and doctor: The name of the challenge is a CNAME that leads to no zone where the challenge could be written.",
    "What to do: as the check says, which knows the record."
  ],
  "CHALLENGE_LITTER": [
    "Warning of verify and doctor: TXT records of earlier or other issuances stand at the name of the challenge.",
    "What to do: as the check says, which knows the record."
  ],
  "HTTP_UNREACHABLE": [
    "Error of verify and doctor: Nothing answers over HTTP at the addresses of the name.",
    "What to do: as the check says, which knows the record."
  ],
  "HTTP_WRONG_ANSWER": [
    "Error of verify and doctor: What answers over HTTP is not what is meant to serve the name: another status, or without the token.",
    "What to do: as the check says, which knows the record."
  ],
  "HTTP_REDIRECTED": [
    "Error of verify and doctor: The HTTP probe is redirected in a circle, too often, or to somewhere else.",
    "What to do: as the check says, which knows the record."
  ],
  "HTTP_ADDRESS_PRIVATE": [
    "Error of verify and doctor: The name has private or loopback addresses, which are not asked.",
    "What to do: as the check says, which knows the record."
  ],
  "CHECK_TIMED_OUT": [
    "Error of verify and doctor: The check was not done within its time; it is made again.",
    "What to do: as the check says, which knows the record."
  ],
  "NAME_MISSING": [
    "Broken of health, layer dns: The name is not in the DNS, or the CNAME records from it end at a name that is not.",
    "What to do: Make the records that domainctl records prints.",
    "Who acts: customer."
  ],
  "NAME_ADDRESSLESS": [
    "Broken of health, layer dns: The name is in the DNS, but neither it nor where its CNAME records lead has an address.",
    "What to do: Make the records that domainctl records prints.",
    "Who acts: customer."
  ],
  "NAME_CHAIN_ENDLESS": [
    "Broken of health, layer dns: The CNAME records from the name lead in a circle, or are more than 16.",
    "What to do: Have the CNAME lead straight to its target.",
    "Who acts: customer."
  ],
  "NAME_SERVERS_SILENT": [
    "Broken of health, layer dns: No name server of the name answers, and resolvers find no address either.",
    "What to do: Look at the name servers of the zone: domainctl doctor says which of them do not answer.",
    "Who acts: customer."
  ],
  "NAME_RESOLVERS_FAIL": [
    "Broken of health, layer dns: The name servers are right, but resolvers do not get an address from them: mostly DNSSEC that is broken.",
    "What to do: Look at the zone and its DNSSEC: domainctl doctor says what resolvers make of it.",
    "Who acts: customer."
  ],
  "NAME_RESOLVERS_DIFFER": [
    "Warning of health, layer dns: A resolver fails for the name, or finds none of the addresses that its name servers give; others do not.",
    "What to do: It passes by itself when caches end; if it stays, look with domainctl doctor.",
    "Who acts: customer."
  ],
  "NAME_SERVERS_UNREACHED": [
    "Warning of health, layer dns: No name server of the name answers this machine, while resolvers still have its addresses.",
    "What to do: Look at the name servers of the zone: domainctl doctor says which of them do not answer.",
    "Who acts: operator."
  ],
  "ADDRESS_PRIVATE": [
    "Broken of health, layer dns: The name leads to a private, loopback or other address that is not public, which is not connected to.",
    "What to do: Give the name public addresses (--allow-private measures within a network of your own).",
    "Who acts: customer."
  ],
  "TCP_REFUSED": [
    "Broken of health, layer tcp: Nothing listens at the address: the connection is refused.",
    "What to do: Start the server, or have it listen there.",
    "Who acts: operator."
  ],
  "TCP_TIMED_OUT": [
    "Broken of health, layer tcp: Nothing answers at the address: no connection comes about in time.",
    "What to do: Look whether the machine is up and its firewall lets the port through.",
    "Who acts: operator."
  ],
  "TCP_UNREACHABLE": [
    "Broken of health, layer tcp: No network leads to the address, although this machine reaches others.",
    "What to do: Look at the route to the address, and whether it is still yours.",
    "Who acts: operator."
  ],
  "TLS_TIMED_OUT": [
    "Broken of health, layer tls: The server takes the connection, and then does not finish the TLS handshake.",
    "What to do: Look at the server; it hangs.",
    "Who acts: operator."
  ],
  "TLS_BROKEN_OFF": [
    "Broken of health, layer tls: The server closes the connection during the TLS handshake, without a reason.",
    "What to do: Look at the server's log and at what stands before it.",
    "Who acts: operator."
  ],
  "TLS_NOT_SPOKEN": [
    "Broken of health, layer tls: What answers at the port is not TLS.",
    "What to do: Have the server speak TLS at this port.",
    "Who acts: operator."
  ],
  "TLS_REFUSED": [
    "Broken of health, layer tls: The TLS handshake fails: mostly the server has no certificate for the name, or no protocol in common.",
    "What to do: Install the certificate for this name, and TLS 1.2 or 1.3.",
    "Who acts: operator."
  ],
  "TLS_PROTOCOL_OLD": [
    "Broken of health, layer tls: The server speaks nothing newer than TLS 1.1, which browsers refuse (RFC 8996).",
    "What to do: Turn on TLS 1.2 and 1.3.",
    "Who acts: operator."
  ],
  "TLS_CIPHER_WEAK": [
    "Broken of health, layer tls: The server chooses a cipher that browsers refuse (RC4, DES, 3DES, none, or export).",
    "What to do: Leave it the ciphers of TLS 1.2 and 1.3 alone.",
    "Who acts: operator."
  ],
  "TLS_CERTIFICATE_NONE": [
    "Broken of health, layer tls: The server shows no certificate.",
    "What to do: Install the certificate for this name.",
    "Who acts: operator."
  ],
  "TLS_CERTIFICATE_EXPIRED": [
    "Broken of health, layer tls: The certificate that the server shows has expired.",
    "What to do: Deploy the live one (domainctl export), or renew it (domainctl renew).",
    "Who acts: operator."
  ],
  "TLS_CERTIFICATE_NOT_YET_VALID": [
    "Broken of health, layer tls: The certificate that the server shows is not valid yet, by the clock of this machine.",
    "What to do: Look at the clock of this machine, then at the certificate.",
    "Who acts: operator."
  ],
  "TLS_CERTIFICATE_REVOKED": [
    "Broken of health, layer tls: The server staples an OCSP answer, signed by its CA, by which the certificate is revoked.",
    "What to do: Renew the certificate (domainctl renew --force) and deploy it.",
    "Who acts: operator."
  ],
  "TLS_STAPLE_MISSING": [
    "Broken of health, layer tls: The certificate demands a stapled OCSP answer (must-staple, RFC 7633), and the server staples none that is good; browsers refuse it.",
    "What to do: Turn on OCSP stapling at the server, or get a certificate without must-staple.",
    "Who acts: operator."
  ],
  "TLS_NAME_MISMATCH": [
    "Broken of health, layer tls: The certificate that the server shows is for other names.",
    "What to do: Install the certificate for this name, and have the server choose it by SNI.",
    "Who acts: operator."
  ],
  "TLS_SELF_SIGNED": [
    "Broken of health, layer tls: The server shows a certificate that signed itself.",
    "What to do: Install the certificate that a CA has issued.",
    "Who acts: operator."
  ],
  "TLS_INTERMEDIATE_MISSING": [
    "Broken of health, layer tls: The server does not send the certificate of the CA that issued the next one, so visitors cannot follow the chain.",
    "What to do: Serve fullchain.pem of domainctl export in place of cert.pem.",
    "Who acts: operator."
  ],
  "TLS_ROOT_UNKNOWN": [
    "Broken of health, layer tls: The chain that the server sends ends at a CA that browsers do not know.",
    "What to do: Install a certificate of a public CA (--issuer-root adds a root of your own).",
    "Who acts: operator."
  ],
  "TLS_CHAIN_EXPIRED": [
    "Broken of health, layer tls: The certificate is good, but one of those above it, which the server sends, has expired.",
    "What to do: Serve the chain that came with the certificate (fullchain.pem of domainctl export).",
    "Who acts: operator."
  ],
  "TLS_CHAIN_REFUSED": [
    "Broken of health, layer tls: The chain is complete, but does not hold: a certificate in it may not sign, or its signature is wrong.",
    "What to do: Serve the chain that came with the certificate (fullchain.pem of domainctl export).",
    "Who acts: operator."
  ],
  "TLS_KEY_WEAK": [
    "Broken of health, layer tls: A certificate of the chain has a key or a signature that browsers refuse (RSA below 2048 bits, SHA-1, MD5).",
    "What to do: Renew the certificate with a key of today (domainctl renew --force).",
    "Who acts: operator."
  ],
  "TLS_CERTIFICATE_CRITICAL": [
    "Warning of health, layer tls: The certificate that the server shows expires in less than seven days, or an eighth of its lifetime, whichever is less.",
    "What to do: Renew it now (domainctl renew), then deploy it.",
    "Who acts: operator."
  ],
  "TLS_CERTIFICATE_EXPIRING": [
    "Warning of health, layer tls: The certificate that the server shows has less than a quarter of its lifetime left.",
    "What to do: Look why it is not renewed, or not deployed: domainctl show.",
    "Who acts: operator."
  ],
  "TLS_STAPLE_INVALID": [
    "Warning of health, layer tls: The server staples an OCSP answer that is worth nothing: out of date, about another certificate, or not signed by the CA; some clients refuse it.",
    "What to do: Look why the server does not renew its OCSP answer: mostly it does not reach the CA; or turn stapling off.",
    "Who acts: operator."
  ],
  "TLS_CHAIN_ORDER": [
    "Warning of health, layer tls: The certificates are not sent in their order, each followed by that of its issuer (RFC 8446 §4.4.2); some clients fail.",
    "What to do: Serve fullchain.pem of domainctl export as it is.",
    "Who acts: operator."
  ],
  "TLS_CHAIN_LONG": [
    "Warning of health, layer tls: The server sends more than five certificates; some clients refuse so long a chain.",
    "What to do: Serve the chain that came with the certificate (fullchain.pem of domainctl export).",
    "Who acts: operator."
  ],
  "TLS_ROOT_SENT": [
    "Info of health, layer tls: The server sends the root as well, which each visitor has already: bytes for nothing at every handshake.",
    "What to do: Leave the root out.",
    "Who acts: operator."
  ],
  "TLS_CHAIN_SURPLUS": [
    "Info of health, layer tls: The server sends certificates that the chain does not need, mostly for old clients.",
    "What to do: Leave them out where no old client needs them.",
    "Who acts: operator."
  ],
  "HTTP_TIMED_OUT": [
    "Broken of health, layer http: There is no whole answer over HTTP in time.",
    "What to do: Look at the application and what it waits for.",
    "Who acts: operator."
  ],
  "HTTP_BROKEN_OFF": [
    "Broken of health, layer http: The connection ends before there is a whole answer over HTTP.",
    "What to do: Look at the server's log.",
    "Who acts: operator."
  ],
  "HTTP_NOT_SPOKEN": [
    "Broken of health, layer http: What is answered is not HTTP.",
    "What to do: Have the server speak HTTP at this port.",
    "Who acts: operator."
  ],
  "HTTP_SERVER_ERROR": [
    "Broken of health, layer http: The answer is an error of the server (5xx).",
    "What to do: Look at the application's log.",
    "Who acts: operator."
  ],
  "HTTP_MISDIRECTED": [
    "Broken of health, layer http: The answer is 421: the server does not serve this name, though it took the handshake.",
    "What to do: Set the name up at the server.",
    "Who acts: operator."
  ],
  "HTTP_STATUS_WRONG": [
    "Broken of health, layer http: The answer has another status than the expected one.",
    "What to do: Look at the application, or at what is expected.",
    "Who acts: operator."
  ],
  "HTTP_TEXT_MISSING": [
    "Broken of health, layer http: The answer does not have the expected text in its first 256 KB.",
    "What to do: Look at the application, or at what is expected.",
    "Who acts: operator."
  ],
  "HTTP_REDIRECT_LOOP": [
    "Broken of health, layer http: The redirects lead in a circle.",
    "What to do: Look at the redirects of the server and of what stands before it.",
    "Who acts: operator."
  ],
  "HTTP_REDIRECTS_TOO_MANY": [
    "Broken of health, layer http: There are more than 10 redirects.",
    "What to do: Have the first redirect lead to the end at once.",
    "Who acts: operator."
  ],
  "HTTP_REDIRECT_PRIVATE": [
    "Broken of health, layer http: A redirect leads to a private or loopback address, or to a port that no visitor asks; it is not followed.",
    "What to do: Have it lead to a public name.",
    "Who acts: operator."
  ],
  "HTTP_REDIRECT_BROKEN": [
    "Broken of health, layer http: A redirect leads to nothing that answers: no URL, a host without an address, or one whose connection or certificate fails.",
    "What to do: Have it lead to a page that is there.",
    "Who acts: operator."
  ],
  "ENDPOINT_UNREACHABLE": [
    "Broken of health, layer endpoint: No connection to the endpoint of the application comes about.",
    "What to do: Start the application, or have it listen there.",
    "Who acts: operator."
  ],
  "ENDPOINT_SILENT": [
    "Broken of health, layer endpoint: The endpoint of the application gives no whole answer in time.",
    "What to do: Look at the application; it hangs.",
    "Who acts: operator."
  ],
  "ENDPOINT_STATUS_WRONG": [
    "Broken of health, layer endpoint: The endpoint of the application answers with another status than the expected one.",
    "What to do: Look at the application's log.",
    "Who acts: operator."
  ],
  "ENDPOINT_TEXT_MISSING": [
    "Broken of health, layer endpoint: The answer of the endpoint does not have the expected text in its first 256 KB.",
    "What to do: Look at the application's log.",
    "Who acts: operator."
  ]
}
