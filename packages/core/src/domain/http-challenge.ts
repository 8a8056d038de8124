/**
 * The answer to one HTTP-01 challenge (RFC 8555 §8.3), in the journal before it is given: whoever asks any process of this state
 * for the token gets the key authorization. Removing it deletes the row.
 */
export interface HttpChallenge {
  /** Base64url, from the CA. Two domains that share a name may share it, where a CA uses a pending authorization again. */
  token: string
  tenant: string
  domainId: string
  orderId: string
  /** The identifier: the host that the CA asks. */
  name: string
  keyAuthorization: string
  /** Absolute path of the file that has the answer, where there is a webroot. */
  file?: string
  /** Folders that were not there before and are made for that file, the outer one first. */
  folders: string[]
  createdAt: Date
}

/** Where a CA asks over HTTP; the token follows. */
export const CHALLENGE_PATH = '/.well-known/acme-challenge/'

/** Tokens of today's CAs have 43 characters; a file name may have 255, some of which we need ourselves. */
export const LONGEST_TOKEN = 200

/** Whether a text has the form of a token (RFC 8555 §8.1), so that it can say nothing else in a path or a query. */
export function isChallengeToken(text: string): boolean {
  // A program in JavaScript may have been asked for no token at all.
  return typeof text === 'string' && text.length <= LONGEST_TOKEN && /^[A-Za-z0-9_-]+$/.test(text)
}

/** The token that a request asks for; null when it asks for something else. */
export function tokenOfPath(path: string): string | null {
  if (!path.startsWith(CHALLENGE_PATH)) return null
  const token = path.slice(CHALLENGE_PATH.length)
  return isChallengeToken(token) ? token : null
}
