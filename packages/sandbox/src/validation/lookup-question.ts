/** What is asked of one server. */
export interface LookupQuestion {
  /** `address:port`. */
  readonly server: string
  /** In lower case, without the final dot. */
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'CAA' | 'TXT'
}

/** A question as it is sent. */
export interface LookupQuery extends LookupQuestion {
  readonly id: number
  readonly message: Buffer
}

/**
 * A question that has no answer that a CA may build on. Its message says what was seen, for which name and type, and at
 * which server.
 */
export class LookupFailure extends Error {
  override readonly name = 'LookupFailure'

  constructor(question: LookupQuestion, seen: string, options?: ErrorOptions) {
    super(`${seen} looking up ${question.type} for ${question.name} at ${question.server}`, options)
  }
}
