import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { makeAuthority, makeLeaf } from './certificates.test.support.ts'
import { createCertificateCrypto } from './crypto.ts'
import { createIssuer, type IssuerOptions } from './issuer.ts'
import { type ScriptedCa, startScriptedCa } from './scripted-ca.test.support.ts'

const o = { signal: new AbortController().signal }
const clock = manualClock(new Date('2026-11-20T12:00:00Z'))
const logged: { message: string; fields: unknown }[] = []
const logger: IssuerOptions['logger'] = { log: (_, message, fields) => void logged.push({ message, fields }) }

const open: { close(): Promise<void> }[] = []
const opened = <T extends { close(): Promise<void> }>(thing: T): T => {
  open.unshift(thing)
  return thing
}

let ca: ScriptedCa
let issuer: Issuer
let account: IssuerAccount

beforeEach(async () => {
  logged.length = 0
  ca = opened(await startScriptedCa())
  issuer = opened(createIssuer({ ca: ca.directory, clock, logger, timeoutMs: 5_000 }))
  account = { url: ca.url('/account/1'), key: await createCertificateCrypto().createKey('ec256') }
})

afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close()
})

const getOrder = (signal = o.signal) => issuer.getOrder(account, ca.url('/order/1'), { signal })

describe('a connection', () => {
  it('that nobody takes', async () => {
    const gone = await startScriptedCa()
    await gone.close()
    const issuer = opened(createIssuer({ ca: gone.directory, clock, logger }))
    await expect(issuer.describe(o)).rejects.toMatchObject({
      code: 'CA_UNREACHABLE',
      message: expect.stringContaining('connection refused'),
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    })
  })

  it('to a name that does not exist', async () => {
    const issuer = opened(createIssuer({ ca: 'https://ca.invalid/dir', clock, logger }))
    await expect(issuer.describe(o)).rejects.toMatchObject({ code: 'CA_UNREACHABLE', message: expect.stringContaining('DNS') })
  })

  it('that is reset before the answer is not repeated: a second order might be made', async () => {
    ca.on('/new-order', (response) => response.socket?.resetAndDestroy())
    await expect(issuer.newOrder(account, { names: ['a.test'] }, o)).rejects.toMatchObject({ code: 'CA_UNREACHABLE' })
    expect(ca.counts()).toMatchObject({ 'POST /new-order': 1 })
  })

  it('that is closed in the middle of the answer', async () => {
    ca.on('/order/1', (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"status":', () => response.socket?.destroy())
    })
    await expect(getOrder()).rejects.toMatchObject({
      code: 'CA_UNREACHABLE',
      message: expect.stringContaining('before the answer was complete'),
    })
  })

  it('that speaks something else', async () => {
    ca.on('/order/1', (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'))
    await expect(getOrder()).rejects.toMatchObject({ code: 'CA_UNREACHABLE', message: expect.stringContaining('not HTTP') })
  })

  it('is kept for the next request', async () => {
    const ports = new Set<number | undefined>()
    ca.on('/order/1', (response) => {
      ports.add(response.socket?.remotePort)
      // With a nonce, so that no HEAD comes between: Node's server closes the connection after one.
      response.writeHead(404, { 'replay-nonce': `kept${ports.size}` }).end()
    })
    for (let i = 0; i < 3; i += 1) await getOrder().catch(() => {})
    expect(ports.size).toBe(1)
  })
})

describe('the time-out', () => {
  const impatient = () => {
    issuer = opened(createIssuer({ ca: ca.directory, clock, logger, timeoutMs: 60 }))
  }
  const late = { code: 'CA_UNREACHABLE', message: expect.stringContaining('did not answer within 0.06 s') }

  it('ends a request that is never answered', async () => {
    impatient()
    ca.on('/directory', () => {})
    await expect(issuer.describe(o)).rejects.toMatchObject(late)
  })

  it('ends an answer that comes drop by drop', async () => {
    impatient()
    ca.on('/directory', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drop = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(drop))
    })
    await expect(issuer.describe(o)).rejects.toMatchObject(late)
  })

  it('ends the wait for a nonce', async () => {
    impatient()
    ca.on('/nonce', () => {})
    await expect(getOrder()).rejects.toMatchObject(late)
  })
})

describe('a body', () => {
  it('of more than 1 MiB is not read', async () => {
    let sent = 0
    ca.on('/order/1', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const chunk = Buffer.alloc(64 * 1024, ' ')
      const more = () => {
        while (!response.destroyed && sent < 64 * 1024 * 1024) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
      }
      more()
    })
    await expect(getOrder()).rejects.toMatchObject({ code: 'CA_REFUSED', message: expect.stringContaining('more than 1 MiB') })
    expect(sent).toBeLessThan(16 * 1024 * 1024)
  })
})

describe('the signal', () => {
  it('ends a request in flight with its reason', async () => {
    ca.on('/order/1', () => {})
    const controller = new AbortController()
    const reached = ca.next('/order/1')
    const call = getOrder(controller.signal)
    await reached
    const reason = new Error('the lease ran out')
    controller.abort(reason)
    await expect(call).rejects.toBe(reason)
  })

  it('ends the wait for a directory that others wait for too', async () => {
    const answer = Promise.withResolvers<void>()
    ca.on('/directory', (response) => {
      void answer.promise.then(() =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(directory)),
      )
    })
    const directory = { newNonce: ca.url('/nonce'), newAccount: ca.url('/account'), newOrder: ca.url('/new-order') }
    const reached = ca.next('/directory')
    const controller = new AbortController()
    const [impatient, patient] = [issuer.describe({ signal: controller.signal }), issuer.describe(o)]
    await reached
    controller.abort()
    await expect(impatient).rejects.toMatchObject({ name: 'AbortError' })
    answer.resolve()
    await expect(patient).resolves.toMatchObject({ caaIdentities: [] })
    expect(ca.counts()).toEqual({ 'GET /directory': 1 })
  })

  it('that has aborted already sends nothing', async () => {
    await expect(getOrder(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
    expect(ca.seen).toEqual([])
  })
})

describe('TLS', () => {
  const startTls = async (sans: Parameters<typeof makeLeaf>[1], validity: Parameters<typeof makeLeaf>[2] = {}) => {
    const root = await makeAuthority('Private Root')
    const { pem, key } = await makeLeaf(root, sans, validity)
    const ca = opened(await startScriptedCa({ key, cert: pem }))
    const connect = (caRoots?: string) =>
      opened(createIssuer({ ca: ca.directory, clock, logger, ...(caRoots === undefined ? {} : { caRoots }) }))
    return { root, connect }
  }
  const ip = { type: 'ip', value: '127.0.0.1' } as const

  it('by a root that was given', async () => {
    const { root, connect } = await startTls([ip])
    await expect(connect(`A private root\n${root.pem}`).describe(o)).resolves.toMatchObject({ caaIdentities: [] })
  })

  it('by an unknown root', async () => {
    const { connect } = await startTls([ip])
    await expect(connect().describe(o)).rejects.toMatchObject({
      code: 'CA_UNTRUSTED',
      hint: expect.stringContaining('--ca-root'),
    })
    const { pem } = await makeAuthority('Another Root')
    await expect(connect(pem).describe(o)).rejects.toMatchObject({ code: 'CA_UNTRUSTED' })
  })

  it('for another name', async () => {
    const { root, connect } = await startTls(['ca.test'])
    await expect(connect(root.pem).describe(o)).rejects.toMatchObject({
      code: 'CA_UNTRUSTED',
      hint: expect.stringContaining('host name'),
    })
  })

  it('that has ended', async () => {
    const { root, connect } = await startTls([ip], { notAfter: new Date('2021-01-01') })
    await expect(connect(root.pem).describe(o)).rejects.toMatchObject({
      code: 'CA_UNTRUSTED',
      hint: expect.stringContaining('clock'),
    })
  })

  it('where plain HTTP is spoken', async () => {
    const issuer = opened(createIssuer({ ca: ca.directory.replace('http:', 'https:'), clock, logger }))
    await expect(issuer.describe(o)).rejects.toMatchObject({ code: 'CA_UNREACHABLE', message: expect.stringContaining('TLS') })
  })

  it.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'with %j for a root',
    async (caRoots) => {
      const issuer = createIssuer({ ca: 'https://ca.invalid/dir', caRoots, clock, logger })
      await expect(issuer.describe(o)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        hint: expect.stringContaining('--ca-root'),
      })
    },
  )
})

describe('the log', () => {
  it('has a line for every request and no key', async () => {
    ca.on('/order/1', { status: 404, body: { type: 'about:blank', detail: 'gone' } })
    await getOrder().catch(() => {})
    expect(logged).toEqual([
      { message: 'request to the CA', fields: { method: 'GET', url: ca.directory, status: 200, ms: 0 } },
      { message: 'request to the CA', fields: { method: 'HEAD', url: ca.url('/nonce'), status: 200, ms: 0 } },
      { message: 'request to the CA', fields: { method: 'POST', url: ca.url('/order/1'), status: 404, ms: 0 } },
    ])
  })
})
