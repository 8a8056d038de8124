/** What a CA answered, whole. */
export interface Answer {
  url: string
  status: number
  /** Lower-case names; of a repeated header, the values joined by a comma (RFC 9110 §5.3). */
  headers: Record<string, string>
  /** Without parameters, lower case; empty when there is none. */
  contentType: string
  text: string
  /** The body when it is JSON and says so, else undefined. */
  data: unknown
}
