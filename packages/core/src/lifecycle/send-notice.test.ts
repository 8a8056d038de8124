import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import type { NoticeMessage } from '../contracts/notifier.ts'
import { sendNotice } from './send-notice.ts'

const MESSAGE: NoticeMessage = { id: 'm', notices: [] }
const RECEIPT = { warnings: [] }

it('leaves nothing behind in the signal of its caller, which lives as long as run', async () => {
  const run = new AbortController()
  const held: number[] = []
  const send = async () => {
    held.push(getEventListeners(run.signal, 'abort').length)
    return RECEIPT
  }
  for (let n = 0; n < 3; n++) expect(await sendNotice({ send }, MESSAGE, run.signal)).toBe(RECEIPT)
  // One at a time, which is how the caller ends it.
  expect(held).toEqual([1, 1, 1])
  expect(getEventListeners(run.signal, 'abort')).toEqual([])
})

it('ends with its caller, also where the notifier does not', async () => {
  const run = new AbortController()
  const sending = sendNotice({ send: () => new Promise(() => undefined) }, MESSAGE, run.signal)
  run.abort(new Error('stopped'))
  await expect(sending).rejects.toThrow('stopped')
  await expect(sendNotice({ send: async () => RECEIPT }, MESSAGE, run.signal)).rejects.toThrow('stopped')
})
