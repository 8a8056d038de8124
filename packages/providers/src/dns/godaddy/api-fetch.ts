import { answerText } from '../../calls/answer-text.ts'
import { withoutSecrets } from '../../without-secrets.ts'
import { type ApiFault, faultOf, noAnswer, parsed, shown } from './fault.ts'

export interface Credentials {
  apiKey: string
  apiSecret: string
}

/** One request; its body is sent as JSON. */
export interface ApiRequest {
  method: 'GET' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below the base URL, with the query. */
  path: string
  body?: unknown
}

/**
 * Sends a request and reads the whole answer: the value of its JSON, undefined when it has no body.
 *
 * @throws ApiFault for every answer that is no success, a successful one that is not the API's own (the page of a proxy), and
 *   when none comes
 */
export type ApiFetch = (request: ApiRequest, signal: AbortSignal) => Promise<unknown>

/** `fetch` as the API is to be talked to. No redirect is followed: the credentials are for one place alone. */
export function apiFetch(baseUrl: string, { apiKey, apiSecret }: Credentials, now: () => Date): ApiFetch {
  const cut = withoutSecrets([apiSecret, apiKey])
  const safe = (text: string): string => shown(cut(text))
  const headers = { accept: 'application/json', 'user-agent': 'domainctl', authorization: `sso-key ${apiKey}:${apiSecret}` }

  return async ({ method, path, body }, signal) => {
    let response: Response
    let text: string
    try {
      response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'error',
        signal,
      })
      text = await answerText(response)
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown
      throw noAnswer(safe(reasonOf(thrown)))
    }
    if (!response.ok) throw faultOf(response, text, safe, now())
    if (text.trim() === '') return undefined
    const answer = parsed(text)
    if (answer === undefined) throw notAnAnswer()
    return answer
  }
}

/** Something came that is no answer of the API, such as the page of a proxy. */
export function notAnAnswer(): ApiFault {
  return noAnswer('the answer is not one of the GoDaddy API')
}

/** `fetch` says "fetch failed" and keeps why in its cause, which may have one of its own. */
function reasonOf(thrown: Error): string {
  if (thrown.name === 'TimeoutError') return 'timed out'
  let error: Error = thrown
  while (error.cause instanceof Error) error = error.cause
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
