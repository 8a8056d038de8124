/** Serves each name with the certificate that was installed for it, chosen by SNI. */
export interface HttpsServer {
  /** `127.0.0.1:port`. */
  readonly endpoint: string
  /**
   * Serves the names of this certificate from the next handshake on; replaces an older one for the same names.
   * @throws DomainctlError `USAGE` for files that cannot be read, are for no DNS name or do not fit
   */
  install(files: { fullchain: string; privateKey: string }): void
}
