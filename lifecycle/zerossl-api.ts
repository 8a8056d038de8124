import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sandbox } from '@domainctl/sandbox'

/** The part of ZeroSSL's API that gives external accounts, as its documentation has it, for the CA of a sandbox. */
export interface ZerosslApi extends AsyncDisposable {
  /** What stands for https://api.zerossl.com/acme/eab-credentials. */
  readonly url: string
  readonly apiKey: string
  /** How often it was asked. */
  readonly asked: number
  /** What it answers in place of an account. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
}

/** https://zerossl.com/documentation/acme/generate-eab-credentials, …/acme/error-codes, …/api/error-codes */
export async function startZerosslApi(sandbox: Pick<Sandbox, 'ca'>): Promise<ZerosslApi> {
  const apiKey = '0123456789abcdef0123456789abcdef'
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const json = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (api.answer) api.answer(request, response)
    else if (pathname !== '/acme/eab-credentials' || request.method !== 'POST') json(404, { success: false })
    else if (searchParams.get('access_key') !== apiKey) {
      json(200, { success: false, error: { code: 101, type: 'invalid_access_key' } })
    } else {
      const { kid, hmacKey } = sandbox.ca.addExternalAccountKey()
      json(200, { success: true, eab_kid: kid, eab_hmac_key: hmacKey })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const api: ZerosslApi = {
    url: `http://127.0.0.1:${port}/acme/eab-credentials`,
    apiKey,
    answer: undefined,
    get asked() {
      return asked
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return api
}
