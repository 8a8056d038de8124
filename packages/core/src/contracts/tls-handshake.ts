/** Handshakes by which it is seen what a server serves. */
export interface TlsHandshake {
  /**
   * The leaf that the server at this address shows for `servername`, or why there is none; whether it is trusted is not asked.
   * Ends within 10 s. @throws the signal's reason alone
   */
  leaf(
    where: { host: string; port: number; servername: string },
    o: { signal: AbortSignal },
  ): Promise<{ fingerprint: string } | { problem: string }>
}
