/** Which account is meant. */
export interface AccountOptions {
  signal?: AbortSignal
  /** The CA by its name or directory URL; default: the one of the configured CAs at which there is such an account. */
  ca?: string
  /** The account's name; default: the one that is used at the CA (`account` of the options). */
  account?: string
}

/** An account at a CA, as programs see it: never with a key. Times are ISO 8601 UTC. */
export interface AccountReport {
  id: string
  /** Directory URL. */
  ca: string
  name: string
  /** Of the account at the CA; absent until the CA has confirmed it. */
  url?: string
  contact?: string
  /**
   * `valid` and `deactivated` are what the state knows · `planned`: its key is made, and the CA has not answered yet. With `check`
   * it is what the CA says: also `revoked`, `unknown` (the CA has no such account) or `key refused`.
   */
  status: string
  /** Such as `ec256`. */
  keyType: string
  /** A change of its key is under way, or was when a process died. */
  keyChanging: boolean
  /** It is what the configuration uses at this CA. */
  inUse: boolean
  /** Domains whose live certificate it has got, of all tenants. */
  domains: number
  /** Its orders that have not ended. */
  openOrders: number
  createdAt: string
  endedAt?: string
  /** Why the CA could not be asked. */
  error?: { code: string; message: string; hint: string }
}

/** The verbs about accounts at CAs, which all tenants share. Every one is safe to repeat. */
export interface AccountVerbs {
  /**
   * All accounts, those that have ended among them, in the order of CA, name and time. With `check` each CA is asked how the account
   * is; one that cannot be asked is no exception: see `error`. Changes nothing.
   */
  accounts(o?: { signal?: AbortSignal; check?: boolean }): Promise<AccountReport[]>
  /** One account. @throws `ACCOUNT_NOT_FOUND`; `USAGE` when several CAs have one of this name, and none is named */
  account(o?: AccountOptions): Promise<AccountReport>
  /**
   * Gives the account another key (RFC 8555 §7.3.5), of the type `accountKeyType`. The new one is in the state before the CA hears of
   * it; killed anywhere, whatever uses the account next finds out which key counts. Orders of other processes go on.
   * @throws `ACCOUNT_NOT_FOUND`, `USAGE`, `LEASE_HELD` while another process changes the account, `CA_…`
   */
  rotateAccountKey(o?: AccountOptions): Promise<AccountReport>
  /** Tells the CA another contact address (RFC 8555 §7.3.2). @throws `ACCOUNT_NOT_FOUND`, `USAGE`, `LEASE_HELD`, `CA_…` */
  updateAccount(o: AccountOptions & { contact: string }): Promise<AccountReport>
  /**
   * Ends the account at the CA, for good (RFC 8555 §7.3.6): its open orders end, its certificates stay. What is issued next has a
   * new account. One that the CA has ended itself, or has forgotten, is let go as well.
   * @throws `ACCOUNT_NOT_FOUND`, `USAGE`, `LEASE_HELD`, `CA_…`
   */
  deactivateAccount(o?: AccountOptions): Promise<AccountReport>
  /**
   * Takes over an account whose key somebody has (RFC 8555 §7.3.1): PEM without a password, or a JWK. Makes no account. Where the
   * state has the account with another key, it has this one from then on, and all that hangs on the account stays.
   * @throws `ACCOUNT_NOT_FOUND` when the CA knows none with this key; `USAGE` when the name has another account, or the text is no key
   */
  importAccount(
    o: AccountOptions & { key: string },
  ): Promise<{ account: AccountReport; was: 'added' | 'given this key' | 'there' }>
  /** The key of the account that its CA knows, PKCS#8 PEM: whoever has it is the account. @throws `ACCOUNT_NOT_FOUND`, `USAGE`, `CA_…` */
  exportAccountKey(o?: AccountOptions): Promise<{ account: AccountReport; privateKey: string }>
}
