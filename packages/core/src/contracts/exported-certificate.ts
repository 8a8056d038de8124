import type { CertificateReport } from '../domain/report.ts'

/** The live certificate of a domain with its key: a secret. */
export interface ExportedCertificate {
  name: string
  /** PEM: leaf, then the rest of the chain. */
  certificate: string
  chain: string
  fullchain: string
  /** PKCS#8 PEM. Absent: the certificate was issued for a request of somebody else, who has the key. */
  privateKey?: string
  /** Where it was asked for: key and chain as PKCS#12, sealed by the password. */
  pkcs12?: Uint8Array
  report: CertificateReport
}

/** What a PKCS#12 file is to be like. */
export interface Pkcs12Options {
  /**
   * What seals it: no control characters, since few programs can be given such a password. Java reads the key only where it is of
   * ASCII. Null: the empty password, which keeps nobody from the key; an empty text is refused, since that is what a variable
   * that is not set turns into.
   */
  password: string | null
}
