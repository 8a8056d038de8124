import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { endingAtOnce, LOOPBACK, listen } from './loopback.ts'

describe('listen', () => {
  it.each([70_000, 65_536, -1, 1.5, Number.NaN])('refuses %d, which is no port', async (port) => {
    await expect(listen(createServer(), port)).rejects.toMatchObject({
      code: 'USAGE',
      message: `${port} is no port.`,
      hint: expect.stringContaining('1 to 65535'),
    })
  })

  it('says which port is taken', async () => {
    const first = createServer()
    onTestFinished(() => void first.close())
    const port = await listen(first, 0)
    const message = expect.stringContaining(`${LOOPBACK}:${port}: the port is taken`)
    await expect(listen(createServer(), port)).rejects.toMatchObject({ code: 'SANDBOX_CANNOT_LISTEN', message })
  })

  it('leaves a server that outlives a connection it could not accept', async () => {
    const server = createServer()
    onTestFinished(() => void server.close())
    await listen(server, 0)
    expect(() => server.emit('error', new Error('EMFILE'))).not.toThrow()
  })
})

describe('endingAtOnce', () => {
  it('ends connections that are open, and may be called twice', async () => {
    const server = createServer()
    const end = endingAtOnce(server)
    const port = await listen(server, 0)
    const client = connect({ host: LOOPBACK, port })
    client.on('error', () => {})
    await Promise.all([once(client, 'connect'), once(server, 'connection')])
    await Promise.all([end(), end(), once(client, 'close')])
    await end()
    expect(server.listening).toBe(false)
  })
})
