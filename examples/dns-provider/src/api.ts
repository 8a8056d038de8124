import type { Clock } from '@domainctl/core'
import { answerText } from '@domainctl/providers'

/** Where the API is and what opens it. */
export interface ApiSettings {
  /** Without a final slash. */
  url: string
  apiKey: string
  server: string
}

/** A call that went wrong: with an answer that says so, or without any. */
export class ApiFault extends Error {
  /** Absent when no answer came. */
  readonly status: number | undefined

  constructor(status: number | undefined, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
  }

  /** It may be gone when the same is asked again. */
  get isPassing(): boolean {
    return this.status === undefined || this.status >= 500
  }
}

/** Sends one request below `/api/v1/servers/<server>` and gives the JSON of the answer; undefined for an empty one. */
export type Api = (method: 'GET' | 'PATCH' | 'PUT', path: string, signal: AbortSignal, body?: unknown) => Promise<unknown>

/** Longest wait for one answer. */
const TIMEOUT_MS = 30_000

export function powerdnsApi({ url, apiKey, server }: ApiSettings): Api {
  return async (method, path, signal, body) => {
    signal.throwIfAborted()
    try {
      const response = await fetch(`${url}/api/v1/servers/${server}${path}`, {
        method,
        headers: { 'x-api-key': apiKey, accept: 'application/json', 'content-type': 'application/json' },
        // The key must not follow an answer to some other place.
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await answerText(response)
      if (!response.ok) throw new ApiFault(response.status, messageIn(text))
      return text === '' ? undefined : JSON.parse(text)
    } catch (thrown) {
      signal.throwIfAborted()
      if (thrown instanceof ApiFault) throw thrown
      const { message, cause } = thrown instanceof Error ? thrown : new Error(String(thrown))
      throw new ApiFault(undefined, cause instanceof Error ? `${message}: ${cause.message}` : message, thrown)
    }
  }
}

const ATTEMPTS = 4
const FIRST_DELAY_MS = 250

/** Does it again while what went wrong may pass: four times in two seconds. It has to be such as may be done twice. */
export async function repeating<T>(clock: Clock, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (thrown) {
      if (!(thrown instanceof ApiFault && thrown.isPassing) || attempt === ATTEMPTS) throw thrown
      await clock.sleep(FIRST_DELAY_MS * 2 ** (attempt - 1), signal)
    }
  }
}

/** Refusals are `{ "error": "…" }`, those of the web server before the API are plain text. */
function messageIn(text: string): string {
  try {
    const { error } = JSON.parse(text)
    if (typeof error === 'string') return error
  } catch {
    // It is none.
  }
  return text.trim().slice(0, 200) || 'no reason given'
}
