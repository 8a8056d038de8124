import { DomainctlError } from '@domainctl/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ApiFault } from './faults.ts'
import { startProviderApi } from './start-provider-api.ts'

async function start() {
  const done: string[] = []
  const api = await startProviderApi({
    operations: ['read', 'write'],
    routes(app, serving) {
      app.get(
        '/',
        serving('read', (context) => context.json(done)),
      )
      app.post(
        '/',
        serving('write', async (context) => {
          const text = await context.req.text()
          if (text === 'bad') throw new Error('bad')
          done.push(text)
          return context.text('done')
        }),
      )
      app.onError((_, context) => context.text('refused', 400))
    },
  })
  onTestFinished(() => api.stop())
  const post = (body: string) => fetch(api.url, { method: 'POST', body })
  return { api, done, post }
}

describe("a provider's API", () => {
  it('counts what it is asked for', async () => {
    const { api, post, done } = await start()
    expect(await (await post('a')).text()).toBe('done')
    expect((await post('bad')).status).toBe(400)
    expect(await (await fetch(api.url)).json()).toEqual(['a'])
    expect(done).toEqual(['a'])
    expect(api.requests).toEqual({ read: 1, write: 2 })
  })

  it('answers with a fault in place of the request that it is for', async () => {
    const { api, post, done } = await start()
    const fault = api.addFault({
      operation: 'write',
      nth: 2,
      answer: { status: 429, headers: { 'retry-after': '7' }, body: { slow: true } },
    })
    expect((await post('a')).status).toBe(200)
    expect(fault.hits).toBe(0)
    const answer = await post('b')
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([429, '7', { slow: true }])
    expect((await post('c')).status).toBe(200)
    expect([done, fault.hits, api.requests.write]).toEqual([['a', 'c'], 1, 3])
  })

  it('strikes every time until the fault is taken away', async () => {
    const { api, post } = await start()
    const fault = api.addFault({ operation: 'write', answer: { status: 503, body: 'Down.' } })
    for (let at = 0; at < 2; at += 1) expect(await (await post('a')).text()).toBe('Down.')
    fault.remove()
    fault.remove()
    expect(await (await post('a')).text()).toBe('done')
    expect(fault.hits).toBe(2)
  })

  it('hangs up before or after the request is carried out', async () => {
    const { api, post, done } = await start()
    const before = api.addFault({ operation: 'write', nth: 1, answer: 'hang-up' })
    await expect(post('a')).rejects.toThrow()
    expect([done, before.hits]).toEqual([[], 1])
    const after = api.addFault({ operation: 'write', nth: 1, answer: 'hang-up-after-write' })
    await expect(post('b')).rejects.toThrow()
    expect([done, after.hits]).toEqual([['b'], 1])
    api.addFault({ operation: 'write', nth: 1, answer: 'hang-up-after-write' })
    await expect(post('bad')).rejects.toThrow()
  })

  it('lets an answer wait once the request has been carried out', async () => {
    const { api, post, done } = await start()
    const [carriedOut, answering] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const delay = () => {
      carriedOut.resolve()
      return answering.promise
    }
    const fault = api.addFault({ operation: 'write', nth: 1, answer: { delay } })
    const answer = post('a')
    await carriedOut.promise
    expect([done, fault.hits]).toEqual([['a'], 1])
    answering.resolve()
    expect((await answer).status).toBe(200)
  })

  it.each<[object, RegExp]>([
    [{ operation: 'delete' }, /no operation/],
    [{ nth: 0 }, /no number/],
    [{ answer: 'gone' }, /none/],
    [{ answer: { status: 99 } }, /none/],
    [{ answer: undefined }, /none/],
  ])('refuses the fault %o', async (wrong, message) => {
    const { api } = await start()
    const add = () => api.addFault({ operation: 'read', answer: 'hang-up', ...wrong } as ApiFault<'read'>)
    expect(add).toThrow(DomainctlError)
    expect(add).toThrow(message)
  })

  it('ends with requests in the middle of it', async () => {
    const { api, post } = await start()
    const { promise, resolve } = Promise.withResolvers<void>()
    const delay = () => {
      resolve()
      return new Promise(() => {})
    }
    api.addFault({ operation: 'write', answer: { delay } })
    const answer = expect(post('a')).rejects.toThrow()
    await promise
    await api.stop()
    await answer
  })
})
