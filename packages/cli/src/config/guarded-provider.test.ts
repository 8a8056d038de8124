import { once } from 'node:events'
import { type DnsProvider, DomainctlError, systemClock, systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import type { ProviderManifest, ProviderRuntime } from '@domainctl/providers'
import { describe, expect, it } from 'vitest'
import { reportError } from '../exit.ts'
import { foreign } from './foreign-fault.ts'
import { openGuarded } from './guarded-provider.ts'

const TYPE = 'domainctl-provider-acme'
const SECRET = 'hunter2 of acme'
const runtime = { clock: systemClock(), random: systemRandom() }
const o = { signal: new AbortController().signal }

const provider: DnsProvider = {
  capabilities: { minTtl: 0, atomicRRset: true, proxied: false },
  findZone: async () => null,
  getRRset: async () => null,
  addValues: async () => ({ status: 'applied' }),
  removeValues: async () => ({ status: 'applied' }),
  setRRset: async () => ({ status: 'applied' }),
}

function openWith(create: () => unknown, own: ProviderRuntime = runtime): Promise<DnsProvider> {
  return openGuarded({ create } as unknown as ProviderManifest, {}, own, foreign(TYPE, [SECRET, '']))
}

/** What comes out when its code throws. */
async function outcome(thrown: unknown): Promise<DomainctlError> {
  const opened = await openWith(() => ({ ...provider, findZone: () => Promise.reject(thrown) }))
  const error = await opened.findZone('a', o).catch((error) => error)
  expect(error).toBeInstanceOf(DomainctlError)
  const stacks: unknown[] = []
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) stacks.push(cause.stack)
  expect(JSON.stringify([reportError(error), stacks])).not.toMatch(/hunter2/)
  return error
}

describe("a third party's error", () => {
  it('is told as it is when it is one for providers', async () => {
    const retryAt = new Date('2030-01-01T00:00:00Z')
    const cause = new Error('socket hang up')
    const thrown = new DomainctlError('PROVIDER_UNREACHABLE', 'Acme did not answer.', {
      hint: 'Wait.',
      retryAt,
      actor: 'operator',
      cause,
    })
    const { code, message, hint, actor, retryAt: when, cause: told } = await outcome(thrown)
    expect({ code, message, hint, actor, when }).toEqual({
      code: 'PROVIDER_UNREACHABLE',
      message: 'Acme did not answer.',
      hint: 'Wait.',
      actor: 'operator',
      when: retryAt,
    })
    expect(told).toMatchObject({ message: 'socket hang up', stack: cause.stack })
  })

  it.each([
    [
      new TypeError("Cannot read properties of undefined (reading 'id')."),
      /^The code of domainctl-provider-acme failed: Cannot read .*'id'\)\.$/,
    ],
    ['out of luck', /failed: out of luck\.$/],
    [undefined, /failed: undefined\.$/],
    [new DomainctlError('LEASE_LOST', 'it was mine', { hint: 'x' }), /failed: it was mine\.$/],
    [new DomainctlError('INTERNAL', 'a fault of domainctl', { hint: 'x' }), /failed: a fault of domainctl\.$/],
    [Object.assign(new Error('gone'), { name: 'AbortError' }), /failed: gone\.$/],
  ])('is a fault of its code otherwise: %o', async (thrown, message) => {
    const error = await outcome(thrown)
    expect(error).toMatchObject({
      code: 'PROVIDER_FAULTY',
      kind: 'provider',
      actor: 'provider',
      message: expect.stringMatching(message),
    })
    expect(error.hint).toContain(`report it to its makers`)
  })

  it.each([
    new Error(`GET https://acme.example/?key=${encodeURIComponent(SECRET)} failed`),
    new Error('401', { cause: Object.assign(new Error(`Basic ${btoa(SECRET)}`), { code: SECRET, config: { key: SECRET } }) }),
    new DomainctlError('PROVIDER_AUTH', `The key ${SECRET} is wrong.`, { hint: `Is ${SECRET} right?`, cause: new Error(SECRET) }),
    SECRET,
  ])('shows no secret: %#', async (thrown) => {
    expect(JSON.stringify(reportError(await outcome(thrown)))).toContain('…')
  })

  it.each(['base64', 'base64url'] as const)('shows no secret in %s with something around it', async (encoding) => {
    const error = await outcome(new Error(`Basic ${Buffer.from(`user:${SECRET}`).toString(encoding)}`))
    const bare = (text: string) => text.replace(/=+$/, '')
    for (const alignment of ['', 'a', 'ab']) {
      const within = bare(Buffer.from(`${alignment}${SECRET}`).toString(encoding)).slice(4, -1)
      expect(error.message).not.toContain(within)
    }
    expect(error.message).toContain('…')
  })

  it('says when and by whom only what can be', async () => {
    const details = { hint: 'x', retryAt: new Date(Number.NaN), actor: 'nobody' }
    const error = await outcome(Reflect.construct(DomainctlError, ['PROVIDER_UNREACHABLE', 'Acme did not answer.', details]))
    expect([error.code, error.retryAt, error.actor]).toEqual(['PROVIDER_UNREACHABLE', undefined, 'provider'])
  })

  it('is judged by its code, and not by what it says of its kind', async () => {
    const brand = { [Symbol.for('domainctl.error')]: true, hint: 'x' }
    const lost = Object.assign(new Error('mine'), brand, { code: 'LEASE_LOST', kind: 'provider' })
    expect(await outcome(lost)).toMatchObject({ code: 'PROVIDER_FAULTY' })
    const auth = Object.assign(new Error('no entry'), brand, { code: 'PROVIDER_AUTH' })
    expect(await outcome(auth)).toMatchObject({ code: 'PROVIDER_AUTH', kind: 'provider', message: 'no entry' })
  })

  it.each([
    ['nothing to print', Object.create(null)],
    ['a message that is none', Object.assign(new Error(), { message: 5 })],
    ['a stack that is none', Object.assign(new Error('x'), { stack: 5 })],
    [
      'a trap',
      new Proxy(new Error('x'), {
        get: () => {
          throw new Error('caught')
        },
      }),
    ],
  ])('is told also when it is %s', async (_, thrown) => {
    expect(await outcome(thrown)).toMatchObject({ code: 'PROVIDER_FAULTY', message: expect.stringContaining(TYPE) })
  })

  it('is told when it makes no provider', async () => {
    const faults = [
      () => undefined,
      () => ({}),
      () => ({ ...provider, setRRset: undefined }),
      () => ({ ...provider, capabilities: undefined }),
      () => {
        throw new Error(`no such host ${SECRET}`)
      },
    ]
    for (const create of faults) {
      const error = await openWith(create).catch((error) => error)
      expect(error).toMatchObject({ code: 'PROVIDER_FAULTY', message: expect.stringContaining(TYPE) })
      expect(error.message).not.toContain('hunter2')
    }
    const refused = () => {
      throw new DomainctlError('CONFIG_INVALID', 'url: no such host', { hint: 'x' })
    }
    await expect(openWith(refused)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: 'url: no such host' })
  })
})

describe('a provider of a third party', () => {
  it('keeps its methods, its capabilities and its this', async () => {
    class Acme implements DnsProvider {
      readonly capabilities = { minTtl: 30, atomicRRset: false, proxied: true }
      private readonly zone = { id: '1', name: 'a.example' }
      findZone = provider.findZone
      getRRset = provider.getRRset
      addValues = provider.addValues
      removeValues = provider.removeValues
      setRRset = provider.setRRset
      async nameServers() {
        return [`ns.${this.zone.name}`]
      }
    }
    const opened = await openWith(() => new Acme())
    expect(opened.capabilities).toEqual({ minTtl: 30, atomicRRset: false, proxied: true })
    expect(await opened.nameServers?.({ id: '', name: '' }, o)).toEqual(['ns.a.example'])
    expect(Object.keys(opened)).not.toContain('access')
    expect(Object.keys(opened)).not.toContain('waitForSync')
  })

  it('ends with the signal, also when it does not heed it', async () => {
    const reason = new Error('enough')
    const opened = await openWith(() => ({ ...provider, findZone: () => new Promise(() => undefined) }))
    const controller = new AbortController()
    const waiting = opened.findZone('a', { signal: controller.signal })
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    await expect(opened.findZone('a', { signal: controller.signal })).rejects.toBe(reason)
  })
})

describe('what a provider of a third party answers', () => {
  const zone = { id: '1', name: 'a.example' }
  const rrset = { name: 'a.example', type: 'TXT' as const, ttl: 60, values: ['v'] }
  const told = { zones: [zone], complete: true, warnings: [] }

  it.each<[keyof DnsProvider, unknown, RegExp]>([
    ['findZone', undefined, /findZone does not answer as the contract says/],
    ['findZone', { id: 1, name: 'a.example' }, /\(id: /],
    ['getRRset', [], /getRRset/],
    ['getRRset', { ...rrset, type: 'MX' }, /\(type: /],
    ['getRRset', { ...rrset, values: 'v' }, /\(values: /],
    ['getRRset', { ...rrset, ttl: Number.NaN }, /\(ttl: /],
    ['addValues', undefined, /addValues/],
    ['removeValues', { status: 'done' }, /\(status: /],
    ['setRRset', { status: 'applied', previous: { name: 'a.example' } }, /\(previous: type: /],
    ['nameServers', 'ns1.example', /nameServers/],
    ['access', { ...told, zones: [{}] }, /\(zones: 0: id: /],
    ['access', { ...told, expiresAt: new Date(Number.NaN) }, /\(expiresAt: /],
    ['access', { ...told, warnings: undefined }, /\(warnings: /],
  ])('is its fault when %s gives %j', async (method, answer, message) => {
    const opened = await openWith(() => ({ ...provider, [method]: async () => answer }))
    const calls = { findZone: ['a', o], getRRset: [zone, 'a', 'TXT', o], nameServers: [zone, o], access: [o] }
    const call = Object.hasOwn(calls, method) ? calls[method as keyof typeof calls] : [zone, rrset, o]
    const error = await Reflect.apply(Reflect.get(opened, method) as () => Promise<unknown>, opened, call).catch(
      (error: unknown) => error,
    )
    expect(error).toMatchObject({ code: 'PROVIDER_FAULTY', message: expect.stringMatching(message) })
  })

  it('comes as it is, and its texts without secrets', async () => {
    const found = Object.assign({ ...zone }, { kind: 'Native' })
    const expiresAt = new Date('2030-01-01T00:00:00Z')
    const opened = await openWith(() => ({
      ...provider,
      findZone: async () => found,
      getRRset: async () => rrset,
      setRRset: async () => ({ status: 'pending', id: '7', previous: null }),
      access: async () => ({ ...told, expiresAt, identity: `key ${SECRET}`, warnings: [`${SECRET} is old`] }),
    }))
    expect(await opened.findZone('a', o)).toBe(found)
    expect(await opened.getRRset(zone, 'a', 'TXT', o)).toBe(rrset)
    expect(await opened.setRRset(zone, rrset, o)).toEqual({ status: 'pending', id: '7', previous: null })
    expect(await opened.access?.(o)).toEqual({ ...told, expiresAt, identity: 'key …', warnings: ['… is old'] })
  })
})

describe('a provider of a third party that never ends', () => {
  const never = () => new Promise<never>(() => undefined)
  const hasty = { ...runtime, clock: manualClock(new Date(0)) }

  it('is given up when it is made', async () => {
    await expect(openWith(never, hasty)).rejects.toMatchObject({ code: 'PROVIDER_FAULTY' })
  })

  it('is left alone when it is closed, after five seconds', async () => {
    let slept = 0
    const sleep = async (ms: number, signal?: AbortSignal) => {
      // Making it takes no wait: that sleep is ended by its signal.
      if (ms === 5_000) slept = ms
      else await once(signal ?? new AbortController().signal, 'abort')
    }
    const own = { ...runtime, clock: { ...runtime.clock, sleep } }
    const opened = await openWith(() => ({ ...provider, close: never }), own)
    await opened.close?.()
    expect(slept).toBe(5_000)
  })

  it('is closed at once otherwise, and a failure of that is told', async () => {
    let closed = 0
    await (await openWith(() => ({ ...provider, close: async () => void closed++ }))).close?.()
    expect(closed).toBe(1)
    const failing = await openWith(() => ({ ...provider, close: () => Promise.reject(new Error('no')) }))
    await expect(failing.close?.()).rejects.toMatchObject({ code: 'PROVIDER_FAULTY' })
  })
})
