/** What the answer to a request has to be. */
export type ExpectedAnswer = {
  /** Begins with `/`; with its query, where it has one. */
  path: string
  /** One of these statuses; absent: any below 500 but 421, after redirects. */
  status?: readonly number[]
  /** Is somewhere in the first 256 KB of the answer. */
  text?: string
}

/** What is measured of a name, or of each name of a domain. */
export type Measured = {
  /** In place of those that the name has in the DNS, which is not asked then; 8 at most. */
  addresses?: readonly string[]
  /** Of the page (default 443). */
  port?: number
  /** What the name serves over HTTPS (default: `/` with any status below 500 but 421). */
  page?: ExpectedAnswer
  /** The application behind it: asked over HTTPS at each address, at a port of its own where it has one; no redirect is followed. */
  endpoint?: ExpectedAnswer & { port?: number }
}

/** What is measured. */
export interface HealthTarget extends Measured {
  /** ASCII, no final dot, no wildcard. */
  name: string
}

/** What health checks measure of a domain; plain JSON, as it is kept. */
export type HealthCheckSettings = Measured & {
  /** Each of them is measured; absent: every name of the domain that is no wildcard. */
  names?: readonly string[]
}
