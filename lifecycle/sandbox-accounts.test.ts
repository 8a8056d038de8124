import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Fault } from '@domainctl/sandbox'
import { expect, test, vi } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

const NAME = 'shop.example.test'

function eventsOf({ directory }: Engine): unknown[] {
  const database = new DatabaseSync(`${directory}/state.db`)
  const rows = database.prepare("select event from audit where event like 'account.%' order by seq").all()
  database.close()
  return rows.map(({ event }) => event)
}

const issues = async ({ domainctl }: Pick<Engine, 'domainctl'>, name: string) =>
  expect(await domainctl.issue(name)).toMatchObject({ issued: true })
const keyOf = async ({ domainctl }: Engine) => (await domainctl.exportAccountKey()).privateKey

/** Resolves when the request of the fault was carried out, and its answer is held back until the promise is resolved. */
function holdAnswer({ sandbox }: SandboxWorld, resource: Fault['resource']) {
  const { promise, resolve: letGo } = Promise.withResolvers<void>()
  const before = sandbox.ca.requests[resource]
  sandbox.ca.addFault({ resource, nth: 1, answer: { until: () => promise } })
  return {
    letGo,
    isHeld: () => vi.waitFor(() => expect(sandbox.ca.requests[resource]).toBeGreaterThan(before), { timeout: 20_000 }),
  }
}

/** The state as it is now, beside the one that is in use. */
function copyOfState({ directory }: Engine): string {
  const [state, copy] = [join(directory, 'state.db'), join(directory, 'copy.db')]
  const database = new DatabaseSync(state)
  database.exec(`vacuum into '${copy}'`)
  database.close()
  copyFileSync(`${state}.key`, `${copy}.key`)
  return `file:${copy}`
}

test('the key of an account is changed: its URL stays, orders go on, the old key opens nothing', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  await issues(engine, NAME)
  const before = await domainctl.exportAccountKey()
  const rotated = await domainctl.rotateAccountKey()
  expect(rotated).toMatchObject({ id: before.account.id, url: before.account.url, keyChanging: false, domains: 1, inUse: true })
  const after = await domainctl.exportAccountKey()
  expect(after.privateKey).not.toBe(before.privateKey)
  await issues(engine, 'other.example.test')
  expect(await domainctl.revoke(NAME)).toMatchObject({ was: 'revoked' })
  expect(await domainctl.accounts({ check: true })).toMatchObject([{ status: 'valid', url: before.account.url }])
  expect(world.sandbox.ca.requests.newAccount).toBe(1)
  expect(eventsOf(engine)).toEqual([
    'account.planned',
    'account.confirmed',
    'account.key_exported',
    'account.key_planned',
    'account.key_changed',
    'account.key_exported',
  ])
})

test('an answer to the key change that is lost: the CA is asked which key counts', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await issues(engine, NAME)
  const before = await keyOf(engine)
  world.sandbox.ca.addFault({ resource: 'keyChange', nth: 1, answer: 'hang-up' })
  expect(await engine.domainctl.rotateAccountKey()).toMatchObject({ keyChanging: false })
  expect(world.sandbox.ca.requests.keyChange).toBe(1)
  expect(await keyOf(engine)).not.toBe(before)
  await issues(engine, 'other.example.test')
})

test('a run that ends in between: what uses the account next ends the change, with the key that was made for it', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { ca } = world.sandbox
  await issues(engine, NAME)
  const before = await keyOf(engine)
  // Done, and then nothing can be asked any more.
  const lost = [
    ca.addFault({ resource: 'keyChange', nth: 1, answer: 'hang-up' }),
    ca.addFault({ resource: 'newAccount', answer: { status: 503, type: 'serverInternal', detail: 'Down.' } }),
  ]
  await expect(engine.domainctl.rotateAccountKey()).rejects.toMatchObject({
    code: 'CA_UNREACHABLE',
    hint: expect.stringContaining('both keys are kept'),
  })
  expect(await engine.domainctl.accounts()).toMatchObject([{ keyChanging: true }])
  for (const fault of lost) fault.remove()
  await issues(engine, 'other.example.test')
  expect(await engine.domainctl.accounts()).toMatchObject([{ keyChanging: false }])
  const after = await keyOf(engine)
  expect(after).not.toBe(before)

  // Not done.
  const limited = ca.addFault({
    resource: 'keyChange',
    answer: { status: 429, type: 'rateLimited', detail: 'Later.', retryAfter: '7' },
  })
  await expect(engine.domainctl.rotateAccountKey()).rejects.toMatchObject({ code: 'CA_RATE_LIMITED', retryAt: expect.any(Date) })
  // What cannot be ended now is no hindrance.
  await issues(engine, 'third.example.test')
  expect(await engine.domainctl.accounts({ check: true })).toMatchObject([{ keyChanging: true, status: 'valid' }])
  limited.remove()
  const { keyChange } = ca.requests
  await issues(engine, 'fourth.example.test')
  expect(ca.requests.keyChange).toBe(keyChange + 1)
  expect(await engine.domainctl.accounts({ check: true })).toMatchObject([{ keyChanging: false, status: 'valid' }])
  expect(eventsOf(engine).filter((event) => event === 'account.key_planned')).toHaveLength(2)
})

test('a CA of which one machine lags behind: the key that it may have by now is kept', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { ca } = world.sandbox
  await issues(engine, NAME)
  const before = await keyOf(engine)
  ca.addFault({ resource: 'keyChange', nth: 1, answer: 'hang-up' })
  const lag = ca.addFault({ resource: 'newAccount', answer: { status: 400, type: 'accountDoesNotExist', detail: 'Not here.' } })
  for (const _ of ['at once', 'in a later run']) {
    await expect(engine.domainctl.rotateAccountKey()).rejects.toMatchObject({ code: 'CA_ACCOUNT_INVALID' })
    expect(await engine.domainctl.accounts()).toMatchObject([{ keyChanging: true }])
  }
  lag.remove()
  await issues(engine, 'other.example.test')
  expect(await engine.domainctl.accounts()).toMatchObject([{ keyChanging: false }])
  expect(await keyOf(engine)).not.toBe(before)
})

test('a CA that refuses the new key: the old one stays, and the next change has another', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await issues(engine, NAME)
  const before = await keyOf(engine)
  world.sandbox.ca.addFault({
    resource: 'keyChange',
    nth: 1,
    answer: { status: 403, type: 'badPublicKey', detail: 'Not this one.' },
  })
  await expect(engine.domainctl.rotateAccountKey()).rejects.toMatchObject({
    code: 'CA_REFUSED',
    message: expect.stringContaining('Not this one'),
  })
  expect(await engine.domainctl.accounts()).toMatchObject([{ keyChanging: false }])
  expect(await keyOf(engine)).toBe(before)
  expect(await engine.domainctl.rotateAccountKey()).toMatchObject({ keyChanging: false })
})

test('two changes at once: one is made, or both one after the other', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await issues(engine, NAME)
  const other = await engine.again()
  const outcomes = await Promise.allSettled([engine.domainctl.rotateAccountKey(), other.rotateAccountKey()])
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  expect(failed.length).toBeLessThan(2)
  for (const code of failed) expect(code).toBe('LEASE_HELD')
  await issues(engine, 'other.example.test')
})

test.each(['newOrder', 'authorization', 'challenge', 'order', 'finalize', 'certificate'] as const)(
  'an order of another process goes on when the key is changed while %s is on its way',
  async (resource) => {
    await using world = await startSandboxWorld()
    await using engine = await openEngine(world)
    const { ca, dns } = world.sandbox
    await issues(engine, NAME)
    const { newOrder } = ca.requests
    const name = 'other.example.test'
    const held = holdAnswer(world, resource)
    const issued = (await engine.again()).issue(name, { wildcard: true })
    issued.catch(() => undefined)
    await held.isHeld()
    await engine.domainctl.rotateAccountKey()
    held.letGo()
    expect(await issued).toMatchObject({ issued: true })
    expect(ca.requests.newOrder).toBe(newOrder + 1)
    expect(dns.values(`_acme-challenge.${name}`, 'TXT')).toEqual([])
    expect(await engine.domainctl.accounts()).toMatchObject([{ openOrders: 0, domains: 2 }])
  },
)

test('records that a person made for the old key are asked for anew', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  await issues(engine, NAME)
  const name = 'by-hand.example.test'
  const wanted = async () => {
    await expect(domainctl.issue(name, { provider: 'manual', ownership: 'none' })).rejects.toMatchObject({
      code: 'DNS_RECORDS_WANTED',
    })
    const { records } = await domainctl.get(name)
    return records.flatMap(({ purpose, name, value }) => (purpose === 'challenge' ? [{ name, value, type: 'TXT' as const }] : []))
  }
  const first = await wanted()
  await world.publish(first)
  await domainctl.rotateAccountKey()
  const second = await wanted()
  expect(second.map(({ value }) => value)).not.toEqual(first.map(({ value }) => value))
  await world.publish(second)
  await issues(engine, name)
})

test('several accounts at one CA: an order goes on with the account that began it, and so does a revocation', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { ca } = world.sandbox
  ca.addFault({ resource: 'finalize', nth: 1, answer: { status: 503, type: 'serverInternal', detail: 'Down.' } })
  await expect(engine.domainctl.issue(NAME)).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  const second = await engine.again({ account: 'second' })
  expect(await second.issue(NAME, { force: true })).toMatchObject({ issued: true })
  expect(ca.requests).toMatchObject({ newAccount: 1, newOrder: 1 })
  expect(await second.issue('other.example.test')).toMatchObject({ issued: true })
  expect(await second.accounts()).toMatchObject([
    { name: 'default', domains: 1, inUse: false },
    { name: 'second', domains: 1, inUse: true },
  ])
  expect(await second.revoke(NAME)).toMatchObject({ was: 'revoked' })
  expect(ca.requests.revokeCert).toBe(1)
  // By the CA's own name for itself, too.
  const house = await engine.again({ ca: 'house', cas: { house: { directory: world.ca, account: 'second' } } })
  expect(await house.account()).toMatchObject({ name: 'second' })
  await expect(engine.again({ account: 'not a name' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('an account that was deactivated is never used again: its order ends, and the next one has a new account', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const { ca, dns } = world.sandbox
  await issues(engine, NAME)
  ca.addFault({ resource: 'finalize', nth: 1, answer: { status: 503, type: 'serverInternal', detail: 'Down.' } })
  await expect(domainctl.issue('other.example.test')).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  expect(await domainctl.account()).toMatchObject({ domains: 1, openOrders: 1 })
  // The answer is lost: to be done again.
  ca.addFault({ resource: 'account', nth: 1, answer: 'hang-up' })
  await expect(domainctl.deactivateAccount()).rejects.toMatchObject({ code: 'CA_UNREACHABLE' })
  expect(await domainctl.accounts({ check: true })).toMatchObject([{ status: 'deactivated' }])
  await expect(domainctl.issue('third.example.test')).rejects.toMatchObject({
    code: 'CA_ACCOUNT_INVALID',
    hint: expect.stringContaining('account deactivate'),
  })
  const ended = await domainctl.deactivateAccount()
  expect(ended).toMatchObject({ status: 'deactivated', endedAt: expect.any(String) })
  await expect(domainctl.deactivateAccount()).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' })
  expect(await domainctl.issue('other.example.test', { force: true })).toMatchObject({ issued: true })
  expect(dns.values('_acme-challenge.other.example.test', 'TXT')).toEqual([])
  const accounts = await domainctl.accounts()
  expect(accounts).toMatchObject([{ id: ended.id }, { name: 'default', status: 'valid', openOrders: 0 }])
  expect(accounts[1]?.url).not.toBe(ended.url)
  // What the first one got is revoked by the certificate's own key.
  expect(await domainctl.revoke(NAME)).toMatchObject({ was: 'revoked' })
})

test('a state from before a change of the key: told as that, and mended by the key', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await issues(engine, NAME)
  await using old = await openEngine(world, { state: copyOfState(engine) })
  await engine.domainctl.rotateAccountKey()
  await expect(old.domainctl.issue('other.example.test')).rejects.toMatchObject({
    code: 'CA_ACCOUNT_INVALID',
    hint: expect.stringContaining('domainctl account import'),
  })
  expect(await old.domainctl.accounts({ check: true })).toMatchObject([{ status: 'key refused' }])
  expect(world.sandbox.ca.requests.newAccount).toBe(1)
  // Neither is what the CA did not hear taken for done, nor the account for ended.
  for (const verb of ['rotateAccountKey', 'deactivateAccount'] as const)
    await expect(old.domainctl[verb]()).rejects.toMatchObject({ code: 'CA_ACCOUNT_INVALID' })
  expect(await old.domainctl.accounts()).toMatchObject([{ status: 'valid', keyChanging: false }])
  const { account, privateKey } = await engine.domainctl.exportAccountKey()
  expect(await old.domainctl.importAccount({ key: privateKey })).toMatchObject({
    was: 'given this key',
    account: { id: account.id, domains: 1 },
  })
  expect(await old.domainctl.issue('other.example.test', { force: true })).toMatchObject({ issued: true })
})

test('an account is taken over by its key: PEM or JWK, into a state that knows nothing of it', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, { contact: 'ops@example.test', accountKeyType: 'rsa2048' })
  await issues(engine, NAME)
  const { account, privateKey } = await engine.domainctl.exportAccountKey()
  await using fresh = await openEngine(world)
  const { createPrivateKey } = await import('node:crypto')
  const jwk = JSON.stringify(createPrivateKey(privateKey).export({ format: 'jwk' }))
  expect(await fresh.domainctl.importAccount({ key: jwk })).toMatchObject({
    was: 'added',
    account: { url: account.url, contact: 'ops@example.test', keyType: 'rsa2048' },
  })
  expect(await fresh.domainctl.importAccount({ key: privateKey })).toMatchObject({ was: 'there' })
  await issues(fresh, 'other.example.test')
  expect(world.sandbox.ca.requests.newOrder).toBe(2)
  await using third = await openEngine(world)
  await issues(third, 'third.example.test')
  await expect(third.domainctl.importAccount({ key: privateKey })).rejects.toMatchObject({ code: 'USAGE' })
  expect(await third.domainctl.importAccount({ key: privateKey, account: 'first' })).toMatchObject({ was: 'added' })
})

test('new terms of service: agreed to once where the operator accepts them, and else told', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { ca } = world.sandbox
  await issues(engine, NAME)
  const terms = { status: 403, type: 'userActionRequired', detail: 'The terms have changed.' } as const
  ca.addFault({ resource: 'newOrder', nth: 1, answer: terms })
  await issues(engine, 'other.example.test')
  expect(ca.requests.account).toBe(1)
  expect(eventsOf(engine)).toContain('account.terms_planned')
  const careful = await engine.again({ acceptTerms: false })
  ca.addFault({ resource: 'newOrder', answer: terms })
  await expect(careful.issue('third.example.test')).rejects.toMatchObject({ kind: 'ca-refused' })
  expect(ca.requests.account).toBe(1)
  // Once, and not for ever.
  await expect(engine.domainctl.issue('third.example.test', { force: true })).rejects.toMatchObject({ kind: 'ca-refused' })
  expect(ca.requests.account).toBe(2)
})

test('the contact is told to the CA', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, { contact: 'a@example.test' })
  await issues(engine, NAME)
  expect(await engine.domainctl.updateAccount({ contact: 'b@example.test' })).toMatchObject({ contact: 'b@example.test' })
  expect(await engine.domainctl.accounts({ check: true })).toMatchObject([{ contact: 'b@example.test' }])
})

test('what is not there, or is at several CAs, is told', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await expect(engine.domainctl.rotateAccountKey()).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' })
  await expect(engine.domainctl.importAccount({ key: 'no key' })).rejects.toMatchObject({ code: 'USAGE' })
  const two = await engine.again({ ca: [world.ca, 'letsencrypt'] })
  await expect(two.importAccount({ key: 'no key' })).rejects.toMatchObject({
    code: 'USAGE',
    hint: expect.stringContaining('--ca'),
  })
  await issues(engine, NAME)
  await expect(engine.domainctl.account({ account: 'other' })).rejects.toMatchObject({
    code: 'ACCOUNT_NOT_FOUND',
    hint: expect.stringContaining('default at'),
  })
})

test('a CA that has lost the account: the same key makes it again, and another one is not made for it', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await issues(engine, NAME)
  const before = await keyOf(engine)
  const gone = { status: 400, type: 'accountDoesNotExist', detail: 'Account not found' } as const
  world.sandbox.ca.addFault({ resource: 'newOrder', nth: 1, answer: gone })
  await issues(engine, 'other.example.test')
  expect(world.sandbox.ca.requests.newAccount).toBe(2)
  expect(await keyOf(engine)).toBe(before)
})

test('a key that is imported while it is being changed does not displace the new one', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  await issues(engine, NAME)
  const before = await keyOf(engine)
  const held = holdAnswer(world, 'newAccount')
  const imported = (await engine.again()).importAccount({ key: before })
  imported.catch(() => undefined)
  await held.isHeld()
  await engine.domainctl.rotateAccountKey()
  held.letGo()
  await expect(imported).rejects.toMatchObject({ code: 'ACCOUNT_NOT_FOUND' })
  expect(await keyOf(engine)).not.toBe(before)
  await issues(engine, 'other.example.test')
})

test('a contact that the CA has refused does not stay with the account that is yet to be made', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, { contact: 'ops@example.test?subject=x' })
  const { ca } = world.sandbox
  ca.addFault({ resource: 'newAccount', nth: 1, answer: { status: 400, type: 'invalidContact', detail: 'Forbidden domain.' } })
  await expect(engine.domainctl.issue(NAME)).rejects.toMatchObject({ code: 'CA_REFUSED' })
  const other = await engine.again({ contact: 'ops@example.test' })
  expect(await other.issue(NAME, { force: true })).toMatchObject({ issued: true })
  expect(await other.accounts({ check: true })).toMatchObject([{ contact: 'ops@example.test', status: 'valid' }])
  expect(await other.accounts()).toMatchObject([{ contact: 'ops@example.test' }])
  expect(eventsOf(engine)).toEqual(['account.planned', 'account.contact_planned', 'account.confirmed'])
})
