import { answerText } from '../../calls/answer-text.ts'
import type { Fetch } from './types.ts'

/**
 * What the API needs beside the token. The SDK would also send its platform, and whatever CLOUDFLARE_CUSTOM_HEADERS holds,
 * even another token.
 */
const HEADERS = ['accept', 'content-type']

/**
 * `fetch` as the API is to be talked to: nothing is sent but what it needs, no redirect is followed with the token, and the
 * whole answer is read here, so that the time-out and the signal hold for its body too.
 *
 * Rejects for a successful answer that is not the API's own (the page of a proxy): the SDK would read it as an empty list.
 */
export function apiFetch(apiToken: string): Fetch {
  return async (url, init) => {
    const given = new Headers(init?.headers)
    const headers = HEADERS.flatMap((name): [string, string][] => {
      const value = given.get(name)
      return value === null ? [] : [[name, value]]
    })
    const response = await fetch(url, {
      ...init,
      headers: [...headers, ['user-agent', 'domainctl'], ['authorization', `Bearer ${apiToken}`]],
      redirect: 'error',
    })
    const text = await answerText(response)
    const status = response.ok ? statusOf(text, response.status) : response.status
    return new Response(text === '' ? null : text, { status, headers: response.headers })
  }
}

/** 400 where the envelope says that there was no success, whatever the status line said. */
function statusOf(text: string, status: number): number {
  const envelope = parsed(text)
  if (typeof envelope !== 'object' || envelope === null || !('result' in envelope || 'success' in envelope)) {
    throw new Error('the answer is not one of the Cloudflare API')
  }
  return 'success' in envelope && envelope.success === false ? 400 : status
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
