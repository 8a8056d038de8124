import type { RequestListener } from 'node:http'
import type { ServerOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { makeAuthority, makeLeaf } from '../acme/certificates.test.support.ts'
import { type Edge, NAME, probeAt } from './edge.test.support.ts'

const TOKEN = 'abc123'

/** Sends everybody to HTTPS on the same port, where the token is. */
const toHttps: RequestListener = ({ headers, socket }, response) => {
  if ('encrypted' in socket) response.end(TOKEN)
  else response.writeHead(308, { location: `https://${headers.host}/x` }).end()
}

describe('a redirect to HTTPS', () => {
  it('is followed before there is a certificate for the name, with the name as SNI', async () => {
    const { pem, key } = await makeLeaf(await makeAuthority('a root that nobody trusts'), ['default.invalid'])
    const names: unknown[] = []
    const http: RequestListener = (request, response) => {
      if ('encrypted' in request.socket) names.push((request.socket as TLSSocket).servername)
      toHttps(request, response)
    }
    const edge: Edge = { http, tls: { cert: pem, key } }
    const { answers, port } = await probeAt({ '127.0.0.1': edge }, { token: TOKEN })
    expect(answers).toMatchObject([{ outcome: 'ok', status: 200, finalUrl: `https://${NAME}:${port}/x` }])
    expect(names).toEqual([NAME])
  })

  it('that has nothing to show for the name is enough where no token is wanted, and else not', async () => {
    // As nginx and Traefik do without a certificate: an alert in place of the handshake.
    const tls: ServerOptions = { SNICallback: (name, done) => done(new Error(`no certificate for ${name}`)) }
    const wanted = await probeAt({ '127.0.0.1': { http: toHttps, tls } }, { token: TOKEN })
    const why = `after a redirect to https://${NAME}:${wanted.port}/x TLS fails: `
    expect(wanted.answers).toMatchObject([{ outcome: 'tls', why: expect.stringContaining(why) }])
    const any = await probeAt({ '127.0.0.1': { http: toHttps, tls } })
    expect(any.answers).toMatchObject([{ outcome: 'ok', why: expect.stringContaining('TLS fails: ') }])
  })

  it('that is answered in plain text is no TLS', async () => {
    const { answers } = await probeAt({ '127.0.0.1': { http: toHttps } }, { token: TOKEN })
    expect(answers).toMatchObject([{ outcome: 'tls', why: expect.stringContaining('TLS fails: ') }])
  })
})
