// The whole service in one process: the API, the sites of the customers, and domainctl's loop.
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Domainctl } from '@domainctl/core'
import { createAdaptorServer } from '@hono/node-server'
import { type AppOptions, createApp } from './app.ts'
import { createCertificates } from './certificates.ts'

export interface ServiceOptions extends Omit<AppOptions, 'log'> {
  /** Listens at port 80 already: the CA comes there, and domainctl looks there first. */
  http: Server
  /** Where the sites are served, and where customers reach the API. */
  listen: { https: number; api: number; host: string }
  /** What a customer's site answers. */
  site: (customer: string, request: IncomingMessage, response: ServerResponse) => void | Promise<void>
  log?: (text: string) => void
}

export interface Service {
  readonly httpsPort: number
  readonly apiPort: number
  /** Ends what is under way and then everything but domainctl, which belongs to the caller. */
  stop(): Promise<void>
}

export async function startService(domainctl: Domainctl, o: ServiceOptions): Promise<Service> {
  const { log = console.error, http, listen, site } = o
  const stopping = new AbortController()
  const { signal } = stopping
  const certificates = createCertificates(domainctl, { signal, log })

  const answerHttp: RequestListener = async (request, response) => {
    try {
      const { url = '/' } = request
      const token = /^\/\.well-known\/acme-challenge\/([\w-]+)(\?|$)/.exec(url)?.[1]
      const answer = token === undefined ? null : await domainctl.challengeResponse(token)
      const served = answer === null ? await certificates.of(hostOf(request)) : null
      if (answer !== null) response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(answer)
      // The name that is served, not what a stranger has called it; a proxy's request has a whole URL for a path.
      else if (served && url.startsWith('/')) response.writeHead(308, { location: `https://${served.name}${url}` }).end()
      else response.writeHead(404).end('Nothing is here yet.\n')
    } catch (error) {
      log(`http: ${error}`)
      giveUp(response)
    }
  }
  http.on('request', answerHttp)

  const https = createServer({
    SNICallback: (name, done) => {
      certificates.of(name).then((served) => done(null, served?.context), done)
    },
  })
  https.on('request', async (request, response) => {
    try {
      const host = hostOf(request)
      const { servername } = request.socket as TLSSocket
      // One connection is for one name: no site answers under the certificate of another (RFC 9110 §7.4).
      const served = servername === host ? await certificates.of(host) : null
      if (served) await site(served.customer, request, response)
      else response.writeHead(421).end()
    } catch (error) {
      log(`https: ${error}`)
      giveUp(response)
    }
  })
  // Scanners ask for names that are not here.
  https.on('tlsClientError', () => undefined)

  const api = createAdaptorServer({
    fetch: createApp(domainctl, { ...o, log }).fetch,
    // Others in this process have requests and responses of their own.
    overrideGlobalObjects: false,
  }) as Server
  https.listen(listen.https, listen.host)
  api.listen(listen.api, listen.host)
  await Promise.all([once(https, 'listening'), once(api, 'listening')])

  const following = certificates.follow()
  const running = domainctl.run({ signal, onTrouble: (error) => log(`domainctl: ${error.message}`) })
  // Whatever ends the loop, it is said: sites are served all the same.
  running.catch((error) => log(`domainctl has ended: ${error}`))

  return {
    httpsPort: (https.address() as AddressInfo).port,
    apiPort: (api.address() as AddressInfo).port,
    async stop() {
      stopping.abort()
      // The CA may still be about to look: challenges are answered until the loop has ended.
      await Promise.allSettled([running, following])
      http.off('request', answerHttp)
      for (const server of [https, api]) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

/** One request that fails takes no other with it, also where a part of the answer is sent already. */
function giveUp(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(503).end()
}

function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
}
