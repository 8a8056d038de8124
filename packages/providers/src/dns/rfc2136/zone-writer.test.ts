import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoopbackPrimary, type Misbehaviour, startLoopbackPrimary } from './loopback-primary.test.fixture.ts'
import { RCODE } from './rcode.ts'
import { ALWAYS, providerAt, START, txt, until, ZONE } from './subject.test.fixture.ts'

describe('writing to a zone', () => {
  let primary: LoopbackPrimary
  let provider: ReturnType<typeof providerAt>

  beforeEach(async () => {
    primary = await startLoopbackPrimary({ now: () => START })
    provider = providerAt(primary)
  })
  afterEach(async () => {
    await provider.close?.()
    await primary.close()
  })

  /** Holds back the answer to the next UPDATE until the returned function is called. */
  function holdNextUpdate(): (behaviour?: Misbehaviour) => void {
    const { promise, resolve } = Promise.withResolvers<Misbehaviour | undefined>()
    primary.behave = () => {
      primary.behave = () => undefined
      return promise
    }
    return resolve
  }
  const add = (label: string, value = 'v', signal = ALWAYS.signal) => provider.addValues(ZONE, txt(label, value), { signal })
  const written = (label: string) => primary.values(`${label}.example.test`, 'TXT')

  it('sends 100 concurrent changes in one UPDATE', async () => {
    const labels = Array.from({ length: 100 }, (_, i) => `n${i}`)
    const changes = await Promise.all(labels.map((label) => add(label)))
    expect(changes).toEqual(labels.map(() => ({ status: 'applied' })))
    expect(primary.updates).toHaveLength(1)
    expect(labels.every((label) => written(label).length === 1)).toBe(true)
    await Promise.all(labels.map((label) => provider.removeValues(ZONE, txt(label, 'v'), ALWAYS)))
    expect(primary.updates).toHaveLength(2)
    expect(labels.some((label) => written(label).length > 0)).toBe(false)
  })

  it('collects what comes while an UPDATE is on its way into the next one', async () => {
    const release = holdNextUpdate()
    const first = add('first')
    await until(() => primary.updates.length === 1)
    const later: Promise<unknown>[] = []
    for (let i = 0; i < 99; i++) {
      later.push(add(`later${i}`))
      if (i % 10 === 0) await new Promise(setImmediate)
    }
    expect(primary.updates).toHaveLength(1)
    release()
    await Promise.all([first, ...later])
    expect(primary.updates).toHaveLength(2)
  })

  it('makes the changes of one message in the order of the calls', async () => {
    const values = txt('order', 'v')
    await Promise.all([provider.addValues(ZONE, values, ALWAYS), provider.removeValues(ZONE, values, ALWAYS)])
    expect(written('order')).toEqual([])
    await Promise.all([provider.removeValues(ZONE, values, ALWAYS), provider.addValues(ZONE, values, ALWAYS)])
    expect(written('order')).toEqual(['v'])
    expect(primary.updates).toHaveLength(2)
  })

  it('writes a condition that several changes share once', async () => {
    await Promise.all(['a', 'b', 'c'].map((value) => add('same', value)))
    expect(primary.updates[0]?.answers).toHaveLength(1)
    expect(primary.updates[0]?.authorities).toHaveLength(3)
  })

  it('settles a change no sooner than the server has answered it', async () => {
    const release = holdNextUpdate()
    let settled = false
    const change = add('slow').finally(() => {
      settled = true
    })
    await until(() => primary.updates.length === 1)
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(settled).toBe(false)
    release()
    await change
  })

  it('splits what does not fit into one message', async () => {
    const value = 'x'.repeat(1000)
    await Promise.all(Array.from({ length: 100 }, (_, i) => add(`big${i}`, value)))
    expect(primary.updates).toHaveLength(2)
    expect(written('big99')).toEqual([value])
  })

  it('refuses a change that fits into no message, and spares its neighbours', async () => {
    const tooBig = [add('huge', 'x'.repeat(64_000)), add('huger', 'x'.repeat(70_000))]
    const [fine, ...refused] = await Promise.allSettled([add('fine'), ...tooBig])
    for (const result of refused) expect(result).toMatchObject({ reason: { code: 'PROVIDER_REFUSED' } })
    expect(fine?.status).toBe('fulfilled')
  })

  it('gives each change of a refused message its own answer, in few messages', async () => {
    primary.plant('alias.example.test', 'CNAME', 'target.example')
    const calls = Array.from({ length: 99 }, (_, i) => add(`n${i}`))
    const results = await Promise.allSettled([...calls, add('alias')])
    expect(results.map(({ status }) => status)).toEqual([...calls.map(() => 'fulfilled'), 'rejected'])
    expect(results.at(-1)).toMatchObject({ reason: { code: 'PROVIDER_CONFLICT' } })
    expect(written('n98')).toEqual(['v'])
    // Once whole, twice for each of the seven halvings, and once to read the CNAME.
    expect(primary.updates.length).toBeLessThanOrEqual(16)
  })

  it('keeps a refusal to those whom it concerns, whatever its rcode', async () => {
    for (const rcode of [RCODE.REFUSED, RCODE.FORMERR, RCODE.SERVFAIL, RCODE.NOTZONE]) {
      primary.behave = ({ authorities }) => (authorities.some(({ name }) => name.startsWith('bad.')) ? { rcode } : undefined)
      const results = await Promise.allSettled([add('good1'), add('bad'), add('good2')])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    }
  })

  it('does not repeat what the server says of the whole zone', async () => {
    primary.behave = () => ({ rcode: RCODE.NOTAUTH })
    const results = await Promise.allSettled([add('a'), add('b'), add('c')])
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'PROVIDER_ZONE_NOT_FOUND' } })
    expect(primary.updates).toHaveLength(1)
  })

  it('drops an aborted change that has not been sent yet, and no other', async () => {
    const release = holdNextUpdate()
    const first = add('first')
    await until(() => primary.updates.length === 1)
    const controller = new AbortController()
    const aborted = add('aborted', 'v', controller.signal)
    const neighbour = add('neighbour')
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    release()
    await Promise.all([first, neighbour])
    expect(written('aborted')).toEqual([])
    expect(written('neighbour')).toEqual(['v'])
  })

  it('rejects an aborted change that is on its way, and no other', async () => {
    const release = holdNextUpdate()
    const controller = new AbortController()
    const aborted = add('aborted', 'v', controller.signal)
    const neighbour = add('neighbour')
    await until(() => primary.updates.length === 1)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    release()
    await neighbour
    expect(primary.updates).toHaveLength(1)
  })

  it('goes on after all callers of a message have gone', async () => {
    holdNextUpdate()
    const controller = new AbortController()
    const gone = [add('a', 'v', controller.signal), add('b', 'v', controller.signal)]
    await until(() => primary.updates.length === 1)
    controller.abort()
    for (const call of gone) await expect(call).rejects.toMatchObject({ name: 'AbortError' })
    await add('next')
    expect(written('next')).toEqual(['v'])
  })

  it('goes on after a message was lost', async () => {
    primary.behave = () => 'hang up'
    const failed = await Promise.allSettled([add('a'), add('b')])
    for (const result of failed) expect(result).toMatchObject({ reason: { code: 'PROVIDER_UNREACHABLE' } })
    primary.behave = () => undefined
    await add('a')
    expect(written('a')).toEqual(['v'])
  })

  it('writes to two zones in two messages', async () => {
    const other = await startLoopbackPrimary({ zones: ['example.test', 'other.test'], now: () => START })
    const both = providerAt(other)
    await Promise.all([
      both.addValues(ZONE, txt('a', 'v'), ALWAYS),
      both.addValues(
        { id: 'other.test', name: 'other.test' },
        { name: 'a.other.test', type: 'TXT', ttl: 1, values: ['v'] },
        ALWAYS,
      ),
    ])
    expect(other.updates.map(({ questions }) => questions[0]?.name).sort()).toEqual(['example.test', 'other.test'])
    await both.close?.()
    await other.close()
  })
})
