import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { answerText } from './answer-text.ts'

it('is the text of an answer, however it is cut into pieces', async () => {
  expect(await answerText(new Response(null))).toBe('')
  expect(await answerText(new Response('{"a":"ü"}'))).toBe('{"a":"ü"}')
  const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)]
  const pieces = new ReadableStream({
    start(controller) {
      controller.enqueue(first)
      controller.enqueue(second)
      controller.close()
    },
  })
  expect(await answerText(new Response(pieces))).toBe('ü')
})

it('is given up beyond 16 MiB, and the connection with it', async () => {
  const gone = Promise.withResolvers<void>()
  const piece = Buffer.alloc(1024 * 1024, 'x')
  const endless = new Readable({ read: () => void endless.push(piece) })
  const server = createServer((_, response) => void pipeline(endless, response, () => gone.resolve())).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await expect(answerText(response)).rejects.toThrow('more than 16 MiB')
  await gone.promise
})
