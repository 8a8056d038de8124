import { describe, expect, it } from 'vitest'
import type { RunOutcome } from '../contracts/run.ts'
import { DomainctlError } from '../errors.ts'
import { type LoopOptions, runLoop, type WorkKind } from './loop.ts'
import type { Due } from './places.ts'
import { type SteppedClock, settled, steppedClock } from './stepped-clock.test.support.ts'

/** A loop over a list of what is due; `act` says what becomes of each. */
function startLoop(
  act: (due: Due, o: { signal: AbortSignal }) => Promise<string>,
  o: Partial<LoopOptions> & {
    width?: number
    due?: WorkKind['due']
    names?: string[]
    describe?: WorkKind['describe']
    recurs?: boolean
    besides?: WorkKind[]
  } = {},
) {
  const clock = steppedClock()
  const stop = new AbortController()
  const list = (o.names ?? []).map((name): Due => ({ id: name, tenant: 'default', name }))
  const outcomes: RunOutcome[] = []
  const troubles: DomainctlError[] = []
  const logged: string[] = []
  let ticks = 0
  const kind: WorkKind = {
    kind: 'domain',
    width: o.width ?? 4,
    leased: true,
    recurs: o.recurs ?? false,
    ...(o.describe && { describe: o.describe }),
    due: o.due ?? (async (_, limit) => list.slice(0, limit)),
    async act(due, call) {
      const done = await act(due, call)
      list.splice(list.indexOf(due), 1)
      return done
    },
  }
  const ended = runLoop([kind, ...(o.besides ?? [])], {
    clock,
    logger: { log: (_, message) => void logged.push(message) },
    share: () => 0.5,
    signal: stop.signal,
    once: false,
    drainMs: 20_000,
    onTick: () => {
      ticks += 1
    },
    onTrouble: (error) => troubles.push(error),
    onOutcome: (outcome) => outcomes.push(outcome),
    ...o,
  })
  const add = (...names: string[]) => list.push(...names.map((name) => ({ id: name, tenant: 'default', name })))
  return { clock, stop, list, outcomes, troubles, logged, ended, add, ticks: () => ticks }
}

async function stopped({ stop, ended, clock }: { stop: AbortController; ended: Promise<void>; clock: SteppedClock }) {
  stop.abort()
  // For what ends by itself, and for what is left.
  await clock.pass(20_000)
  await clock.pass(30_000)
  await ended
}

describe('the loop', () => {
  it('sees what was added a tick later, and does all of it at its width', async () => {
    let most = 0
    let at = 0
    const loop = startLoop(async () => {
      most = Math.max(most, ++at)
      await settled()
      at -= 1
      return 'issued'
    })
    await settled()
    loop.add(...Array.from({ length: 20 }, (_, i) => `n${i}`))
    await loop.clock.pass(6_000)
    while (loop.list.length > 0) await settled()
    await settled()
    expect(most).toBe(4)
    expect(loop.outcomes.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, (_, i) => `n${i}`))
    await stopped(loop)
  })

  it('gets to the work of others behind a CA that does not get on', async () => {
    const never = new Promise<string>(() => undefined)
    const names = [...Array.from({ length: 100 }, (_, i) => `slow${i}`), 'other']
    let described = 0
    const loop = startLoop(({ name }) => (name === 'other' ? Promise.resolve('issued') : never), {
      width: 8,
      names,
      describe: async (due) => {
        described += 1
        return { ...due, shares: [due.name === 'other' ? 'ca other' : 'ca slow'] }
      },
    })
    for (let i = 0; i < 20; i++) await loop.clock.pass(6_000)
    expect(loop.outcomes.map(({ name }) => name)).toEqual(['other'])
    expect(described).toBeLessThanOrEqual(names.length)
    await stopped(loop)
  })

  it('goes on when a step fails, and leaves that one alone for a minute', async () => {
    let calls = 0
    const loop = startLoop(async ({ name }) => {
      if (name !== 'bad') return 'issued'
      calls += 1
      throw new Error('a fault')
    })
    loop.add('bad', 'good')
    await loop.clock.pass(6_000)
    expect(loop.outcomes.map(({ name, error, done }) => [name, error?.code ?? done])).toEqual([
      ['bad', 'INTERNAL'],
      ['good', 'issued'],
    ])
    for (let i = 0; i < 8; i++) await loop.clock.pass(6_000)
    expect(calls).toBe(1)
    for (let i = 0; i < 4; i++) await loop.clock.pass(6_000)
    expect(calls).toBe(2)
    await stopped(loop)
  })

  it('says nothing of what another process is at work on, and tries it again soon', async () => {
    let calls = 0
    const loop = startLoop(async () => {
      calls += 1
      if (calls === 1) throw new DomainctlError('LEASE_HELD', 'Held.', { hint: 'Wait.' })
      return 'issued'
    })
    loop.add('held')
    for (let i = 0; i < 2; i++) await loop.clock.pass(6_000)
    expect(loop.outcomes.map(({ done }) => done)).toEqual(['issued'])
    await stopped(loop)
  })

  it('waits for a state that is away, and ticks again when it is back', async () => {
    let isAway = true
    const loop = startLoop(async () => 'issued', {
      due: async () => {
        if (isAway) throw new DomainctlError('STATE_UNREADABLE', 'Away.', { hint: 'Wait.' })
        return []
      },
    })
    await loop.clock.pass(6_000)
    await loop.clock.pass(6_000)
    expect(loop.ticks()).toBe(0)
    expect(loop.troubles.map(({ code }) => code)).toContain('STATE_UNREADABLE')
    isAway = false
    await loop.clock.pass(6_000)
    expect(loop.ticks()).toBe(1)
    await stopped(loop)
  })

  it('tells that there was no tick when the state does not answer', async () => {
    const answer = Promise.withResolvers<Due[]>()
    const loop = startLoop(async () => 'issued', { due: () => answer.promise })
    await loop.clock.pass(90_000)
    expect(loop.troubles).toEqual([])
    await loop.clock.pass(60_000)
    expect(loop.troubles).toHaveLength(1)
    // Once for each two minutes.
    await loop.clock.pass(30_000)
    expect(loop.troubles).toHaveLength(1)
    answer.resolve([])
    await settled()
    expect(loop.ticks()).toBe(1)
    await stopped(loop)
  })

  it('lets what is under way end when it is stopped, and begins nothing', async () => {
    const work = Promise.withResolvers<string>()
    const loop = startLoop(() => work.promise, { width: 1 })
    loop.add('first', 'second')
    await loop.clock.pass(6_000)
    loop.stop.abort()
    await loop.clock.pass(10_000)
    work.resolve('issued')
    await loop.ended
    expect(loop.outcomes.map(({ name, done }) => [name, done])).toEqual([['first', 'issued']])
  })

  it('gives each work a signal of its own, and lets go of it: a process that lives for months gathers none', async () => {
    const signals: AbortSignal[] = []
    const loop = startLoop(async (_, { signal }) => {
      signals.push(signal)
      expect(signal.aborted).toBe(false)
      return 'issued'
    })
    loop.add('first', 'second')
    await loop.clock.pass(6_000)
    expect(new Set(signals).size).toBe(2)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(loop.outcomes.map(({ done }) => done)).toEqual(['issued', 'issued'])
    await stopped(loop)
  })

  it('aborts what does not end in time, and leaves what does not heed it', async () => {
    const loop = startLoop(
      ({ name }, { signal }) =>
        new Promise((_, reject) => {
          if (name === 'heeds') signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    loop.add('heeds', 'deaf')
    await loop.clock.pass(6_000)
    loop.stop.abort()
    await settled()
    await loop.clock.pass(20_000)
    expect(loop.outcomes.map(({ name, error }) => [name, error?.code])).toEqual([['heeds', 'INTERRUPTED']])
    await loop.clock.pass(30_000)
    await loop.ended
    expect(loop.logged).toContain('work was left that did not end; its leases run out, and the next run goes on with it')
  })

  it('does each thing once with `once`, also what fails, and ends', async () => {
    let calls = 0
    const loop = startLoop(
      async () => {
        calls += 1
        throw new Error('a fault')
      },
      { once: true, names: ['bad'] },
    )
    await settled()
    await loop.clock.pass(6_000)
    await loop.ended
    expect(calls).toBe(1)
  })

  it('reads with `once` little more than it does: what it has done is not read again with each look', async () => {
    let read = 0
    const names = Array.from({ length: 400 }, (_, i) => `${i}.example`)
    const left = new Set(names)
    const loop = startLoop(
      async ({ name }) => {
        left.delete(name)
        return 'issued'
      },
      {
        once: true,
        recurs: true,
        due: async (_, limit) => {
          const first = [...left].slice(0, limit).map((name) => ({ id: name, tenant: 'default', name }))
          read += first.length
          return first
        },
      },
    )
    for (let i = 0; i < 5; i++) await loop.clock.pass(6_000)
    await loop.ended
    expect(loop.outcomes).toHaveLength(names.length)
    expect(read).toBeLessThan(names.length * 10)
  })

  it('gets with `once` behind all that rests and is due still', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `${i}.example`)
    const done: string[] = []
    const loop = startLoop(
      async ({ name }) => {
        done.push(name)
        return 'not ready'
      },
      {
        once: true,
        recurs: true,
        due: async (_, limit) => names.slice(0, limit).map((name) => ({ id: name, tenant: 'default', name })),
      },
    )
    for (let i = 0; i < 5; i++) await loop.clock.pass(6_000)
    await loop.ended
    expect(done.sort()).toEqual(names.sort())
  })

  it('does what comes back by itself no second time with `once`, unless it has come on', async () => {
    const at = new Map([
      ['awaited', 'pending_dns'],
      ['seen', 'pending_dns'],
    ])
    const done: string[] = []
    const loop = startLoop(
      async ({ name, status }) => {
        done.push(`${name} ${status}`)
        if (name === 'awaited') return 'not ready'
        at.set(name, status === 'pending_dns' ? 'issuing' : 'active')
        return status === 'pending_dns' ? 'verified' : 'issued'
      },
      {
        once: true,
        recurs: true,
        due: async () => [...at].map(([name]) => ({ id: name, tenant: 'default', name })),
        describe: async (due) => ({ ...due, status: at.get(due.name) as Due['status'] & string }),
      },
    )
    for (let i = 0; i < 10; i++) await loop.clock.pass(6_000)
    await loop.ended
    expect(done.sort()).toEqual(['awaited pending_dns', 'seen active', 'seen issuing', 'seen pending_dns'])
  })

  it('does all others when what one of them is cannot be read', async () => {
    const loop = startLoop(async ({ name }) => (name === 'damaged' ? Promise.reject(new Error('no row')) : 'issued'), {
      names: ['damaged', 'other'],
      describe: async (due) => {
        if (due.name === 'damaged') throw new DomainctlError('STATE_UNREADABLE', 'Damaged.', { hint: 'Restore.' })
        return due
      },
    })
    await loop.clock.pass(6_000)
    expect(loop.troubles).toEqual([])
    expect(loop.outcomes.map(({ name, error, done }) => `${name} ${error?.code ?? done}`).sort()).toEqual([
      'damaged INTERNAL',
      'other issued',
    ])
    await stopped(loop)
  })

  it('gets behind thousands that wait for one that hangs', async () => {
    const names = [...Array.from({ length: 3_000 }, (_, i) => `slow${i}`), 'other']
    const loop = startLoop(({ name }) => (name === 'other' ? Promise.resolve('issued') : new Promise(() => undefined)), {
      width: 8,
      names,
      describe: async (due) => ({ ...due, shares: [due.name === 'other' ? 'provider other' : 'provider slow'] }),
    })
    for (let i = 0; i < 20; i++) await loop.clock.pass(6_000)
    expect(loop.outcomes.map(({ name }) => name)).toEqual(['other'])
    await stopped(loop)
  })

  it('begins the next one as soon as one ends, also when other work ended before', async () => {
    const first = Promise.withResolvers<string>()
    const check = Promise.withResolvers<string>()
    let checks = 1
    const loop = startLoop(({ name }) => (name === 'first' ? first.promise : Promise.resolve('issued')), {
      width: 1,
      names: ['first', 'second'],
      besides: [
        {
          kind: 'health',
          width: 4,
          leased: false,
          recurs: true,
          // It is not under way while the same name is issued for: a check takes no lease.
          due: async () => (checks-- > 0 ? [{ id: 'first', tenant: 'default', name: 'first' }] : []),
          act: () => check.promise,
        },
      ],
    })
    await settled()
    check.resolve('checked')
    await settled()
    first.resolve('issued')
    await settled()
    expect(loop.outcomes.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['health first', 'domain first', 'domain second'])
    await stopped(loop)
  })

  it('stops also when the state does not answer', async () => {
    const loop = startLoop(async () => 'issued', { due: () => new Promise(() => undefined) })
    await settled()
    loop.stop.abort()
    await loop.ended
    expect(loop.ticks()).toBe(0)
  })

  it('lets nothing rest for longer when the clock is set back', async () => {
    let calls = 0
    const loop = startLoop(
      async () => {
        calls += 1
        throw new Error('a fault')
      },
      { names: ['bad'] },
    )
    await settled()
    loop.clock.setBack(3_600_000)
    for (let i = 0; i < 4; i++) await loop.clock.pass(6_000)
    expect(calls).toBeGreaterThan(1)
    await stopped(loop)
  })

  it('throws with `once` when the state cannot be read', async () => {
    const away = new DomainctlError('STATE_UNREADABLE', 'Away.', { hint: 'Wait.' })
    const loop = startLoop(async () => 'issued', { once: true, due: () => Promise.reject(away) })
    await expect(loop.ended).rejects.toBe(away)
  })
})
