import { getEventListeners, once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { OwnConnectivity } from './connectivity.ts'

it('leaves nothing behind in the signal of a caller, which may live for as long as the process', async () => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const own = new OwnConnectivity([{ host: '127.0.0.1', port }], systemClock())
  const { signal } = new AbortController()
  for (let n = 0; n < 3; n++) expect(await own.look({ signal })).toEqual({ ipv4: true, ipv6: true })
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('ends with the signal of its caller', async () => {
  const own = new OwnConnectivity([{ host: '127.0.0.1', port: 9 }], systemClock())
  await expect(own.look({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
})
