import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { WrittenAnswer } from '@domainctl/sandbox'

/**
 * What befalls a request on its way to the API of a provider: an answer in place of the API's, before or after the API has
 * done what it was asked · a connection that ends before the API has heard, or after it has done it · an answer of which
 * half the body comes.
 */
export type Mishap = { instead: WrittenAnswer; carriedOut: boolean } | 'hang-up' | 'hang-up-after-write' | 'cut-body'

/** A request that is about to be passed on. */
export interface Passing {
  method: string
  path: string
}

/** A proxy on loopback before the API of a provider. */
export interface UnsteadyApi extends AsyncDisposable {
  /** Takes the place of the API's own `http://address:port`. */
  readonly url: string
  /** Ends when no request is on its way, also none of a client that was killed. */
  idle(): Promise<void>
}

/**
 * Starts one. Requests are passed on as they came, for some are signed over their headers (SigV4).
 * @param befalls asked for each request, which waits for it; undefined: it has its answer
 */
export async function startUnsteadyApi(
  api: { readonly url: string },
  befalls: (request: Passing) => Promise<Mishap | undefined>,
): Promise<UnsteadyApi> {
  const agent = new Agent({ keepAlive: true })
  const onTheirWay = new Set<Promise<unknown>>()
  const server = createServer((incoming, response) => {
    // A client that was killed is no failure of the proxy; and its own failures must not look like an answer of the API.
    const served = serve(incoming, response)
      .catch(() => response.destroy())
      .finally(() => onTheirWay.delete(served))
    onTheirWay.add(served)
  })

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = incoming
    const body = await buffer(incoming)
    const mishap = await befalls({ method, path })
    if (mishap === 'hang-up') return void incoming.socket.destroy()
    if (typeof mishap === 'object' && !mishap.carriedOut) return send(response, written(mishap.instead))
    const answer = await passOn(incoming, body)
    if (mishap === 'hang-up-after-write') return void incoming.socket.destroy()
    if (mishap === 'cut-body') return cut(incoming, response, answer)
    send(response, typeof mishap === 'object' ? written(mishap.instead) : answer)
  }

  async function passOn({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const outgoing = request(new URL(url ?? '/', api.url), { method, headers, agent })
    outgoing.end(body)
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async idle() {
      while (onTheirWay.size > 0) await Promise.all(onTheirWay)
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
      await once(server, 'close')
    },
  }
}

interface Answer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer
}

function written({ status, headers = {}, body = '' }: WrittenAnswer): Answer {
  const isText = typeof body === 'string'
  const type = isText ? {} : { 'content-type': 'application/json' }
  return { status, headers: { ...type, ...headers }, body: Buffer.from(isText ? body : JSON.stringify(body)) }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  // Of this connection, and not of the other one (RFC 9110 §7.6.1).
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...kept } = headers
  response.writeHead(status, { ...kept, 'content-length': String(body.length) }).end(body)
}

/** An answer without a body is lost as a whole. */
function cut({ socket }: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...kept } = headers
  if (body.length < 2) return void socket.destroy()
  response.writeHead(status, { ...kept, 'content-length': String(body.length) })
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => socket.destroy())
}
