import type { CertificateReport, DomainReport } from '../domain/report.ts'
import type { AddOptions } from './verb-options.ts'

/** A certificate that another client got, and how the domain is to be that it becomes; what is left out is as for `add`. */
export interface CertificateToImport extends Omit<AddOptions, 'san' | 'wildcard' | 'csr' | 'ca'> {
  /** PEM, leaf first, with its issuers below the root; other text around them is dropped. */
  chain: string
  /** Of the leaf: PEM without a password (PKCS#8, PKCS#1 or SEC 1). Kept sealed. */
  privateKey: string
  /** Directory URL or known name of the CA that it came from: the domain renews there. */
  ca: string
  /**
   * The primary name, one of the certificate's. Default: the common name where it is among them, else the first; of a wildcard and the
   * name below it that name.
   */
  name?: string
  /** `id` of the account that got it, where the state has it (`importAccount`): renewals then say what they replace (RFC 9773 §5). */
  accountId?: string
  /** Who kept it so far, such as `certbot`: for the audit. */
  from?: string
  /** Only tell what would become of it. */
  dryRun?: boolean
}

/** What became of a certificate that was to be imported. */
export interface ImportedCertificate {
  /**
   * `added`: the domain is new · `given`: it was there, and has this certificate now · `there`: it has it already ·
   * `kept`: it was left as it is, for the `reason`.
   */
  was: 'added' | 'given' | 'there' | 'kept'
  /** Why, for people. */
  reason: string
  /** As it is now; null for one that `dryRun` did not add. */
  domain: DomainReport | null
  /** What was to be imported; its plan of renewal is that of the state only where it was imported. */
  certificate: CertificateReport
}

/** The verb about certificates of other clients. */
export interface ImportVerbs {
  /**
   * Takes over a certificate with its key: the domain is `active` then and renews when it is due, with nothing issued now. Without a
   * word about `ownership` a domain of the tenant `default` needs no record for it: who has the key has shown the CA whose name it is.
   * A domain that is there keeps its settings, and gets the certificate where that is for the same names and valid for longer than the
   * one that it has. Asks no CA; repeating it changes nothing; killed in the middle, repeating it does the rest.
   * @throws `CERTIFICATE_INVALID`, `NAME_INVALID`, `NAMES_TOO_MANY`, `USAGE`, `CONFIG_INVALID`, `PROVIDER_UNKNOWN`, `TARGET_UNKNOWN`,
   * `LEASE_HELD`; where no provider is named, what `add` throws when it looks for one
   */
  importCertificate(o: CertificateToImport): Promise<ImportedCertificate>
}
