import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Notice, NoticeMessage } from '@domainctl/core'
import { onTestFinished } from 'vitest'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** A receiver of posts on loopback, that answers as it is told. */
export async function startReceiver(
  answer: (response: ServerResponse) => void = (response) => response.end('ok'),
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
    answer(response)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

export const NOW = new Date('2026-11-22T12:00:00Z')

export function noticeOf(parts: Partial<Notice> = {}): Notice {
  return {
    id: 'notice-1',
    at: NOW,
    tenant: 'default',
    event: 'domain.failed',
    severity: 'warning',
    names: ['shop.example.com'],
    title: 'The renewal of shop.example.com fails (CA_RATE_LIMITED)',
    text: 'Too many certificates. It is tried again at 2026-11-22T13:00:00.000Z.',
    actor: 'operator',
    labels: { team: 'web' },
    ...parts,
  }
}

export function messageOf(...notices: Partial<Notice>[]): NoticeMessage {
  return { id: 'message-1', notices: (notices.length > 0 ? notices : [{}]).map(noticeOf) }
}

/** A message that is as long and as odd as they come. */
export function hostileMessage(): NoticeMessage {
  const text = '<!channel> <http://evil.example|click> [x](http://evil.example) *b* & \u202e\u0007\u{1F600}'.repeat(200)
  return messageOf(
    ...Array.from({ length: 50 }, (_, i) => ({ id: `n${i}`, title: text, text, names: [text], labels: { [text]: text } })),
  )
}

export const ALWAYS = new AbortController().signal
