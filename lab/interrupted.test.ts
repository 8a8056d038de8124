import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { openShell } from './command.ts'
import { txtAt } from './engine.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { pebblePaths } from './fault-rule.ts'
import { type Lab, startLab } from './lab.ts'

// No nonce is refused here: every request in the CA's log is one that domainctl meant.
let lab: Lab
let proxy: FaultProxy
beforeAll(async () => {
  lab = await startLab({ pebble: { nonceReject: 0 } })
  proxy = await startFaultProxy(lab.pebble)
})
afterEach(() => proxy.clear())
afterAll(async () => {
  await proxy.stop()
  await lab.stop()
})

const orders = async () => (await lab.requests())['POST /order-plz'] ?? 0

const stations = [
  ['newOrder', pebblePaths.newOrder],
  ['authorization', pebblePaths.authorization],
  ['challenge', pebblePaths.challenge],
  ['the first look at the order', pebblePaths.order],
  ['finalize', pebblePaths.finalize],
  ['certificate', pebblePaths.certificate],
] as const

test.each(stations)(
  'SIGKILL while %s is on its way: the next run ends the same order, and no TXT stays',
  async (station, path) => {
    await using shell = await openShell(lab, { DOMAINCTL_CA: proxy.directoryUrl })
    const name = `killed-at-${path.replace(/[^a-z]/gi, '').toLowerCase()}.example.test`
    // The account is there already: only the order is at stake.
    expect(await shell.domainctl('issue', `warm-up.${name}`)).toMatchObject({ code: 0 })
    const before = await orders()

    const rule = proxy.add({ method: 'POST', path, nth: 1, fault: { kind: 'delay', ms: 400 } })
    const { child, finished } = shell.start('issue', name)
    await vi.waitFor(() => expect(rule.hits).toBe(1), { timeout: 20_000, interval: 5 })
    child.kill('SIGKILL')
    expect(await finished).toMatchObject({ signal: 'SIGKILL' })
    // The request reaches the CA all the same: its answer is what is lost.
    if (station === 'newOrder') await vi.waitFor(async () => expect(await orders()).toBe(before + 1), { timeout: 5_000 })

    const second = await shell.domainctl('issue', name, '--json')
    expect(second, second.stderr).toMatchObject({ code: 0 })
    expect(await orders()).toBe(before + 1)
    expect(await txtAt(lab, `_acme-challenge.${name}`)).toEqual([])
    const history = JSON.parse((await shell.domainctl('history', name, '--json')).stdout)
    const events: string[] = history.events.map(({ event }: { event: string }) => event)
    // One key: an order that is planned anew gets a new one.
    expect(events.filter((event) => event === 'order.planned')).toHaveLength(1)
    expect(events.at(-1)).toBe('certificate.stored')
  },
)

test.each(stations)('SIGINT while %s is on its way: it stops cleanly, and the next run continues', async (_, path) => {
  await using shell = await openShell(lab, { DOMAINCTL_CA: proxy.directoryUrl })
  const name = `stopped-at-${path.replace(/[^a-z]/gi, '').toLowerCase()}.example.test`
  const rule = proxy.add({ method: 'POST', path, nth: 1, fault: { kind: 'delay', ms: 300 } })
  const { child, finished } = shell.start('issue', name)
  await vi.waitFor(() => expect(rule.hits).toBe(1), { timeout: 20_000, interval: 5 })
  child.kill('SIGINT')
  const stopped = await finished
  expect(stopped, stopped.stderr).toMatchObject({ code: 130 })
  expect(await txtAt(lab, `_acme-challenge.${name}`)).toEqual([])

  const second = await shell.domainctl('issue', name)
  expect(second, second.stderr).toMatchObject({ code: 0 })
  expect(await txtAt(lab, `_acme-challenge.${name}`)).toEqual([])
})

test.each([0, 2, 5, 10, 20])(
  'a second SIGINT, %d ms after the first, ends it at once; the next run ends the same order',
  async (pause) => {
    await using shell = await openShell(lab, { DOMAINCTL_CA: proxy.directoryUrl })
    const name = `twice-${pause}.example.test`
    const before = await orders()
    const rule = proxy.add({ method: 'POST', path: pebblePaths.challenge, nth: 1, fault: { kind: 'refuse', status: 503 } })
    const { child, finished } = shell.start('issue', name)
    await vi.waitFor(() => expect(rule.hits).toBe(1), { timeout: 20_000, interval: 2 })
    child.kill('SIGINT')
    await sleep(pause)
    child.kill('SIGINT')
    await finished
    proxy.clear()
    const second = await shell.domainctl('issue', name, '--force')
    expect(second, second.stderr).toMatchObject({ code: 0 })
    expect(await orders()).toBe(before + 1)
    expect(await txtAt(lab, `_acme-challenge.${name}`)).toEqual([])
  },
)

test('an answer to newOrder that is lost on the wire costs no second order', async () => {
  await using shell = await openShell(lab, { DOMAINCTL_CA: proxy.directoryUrl })
  const name = 'lost-answer.example.test'
  const before = await orders()
  proxy.add({ method: 'POST', path: pebblePaths.newOrder, nth: 1, fault: { kind: 'lose-answer' } })
  expect(await shell.domainctl('issue', name)).toMatchObject({ code: 5 })
  expect(await shell.domainctl('issue', name)).toMatchObject({ code: 0 })
  expect(await orders()).toBe(before + 1)
})

test('two processes: one works, the other says so and exits 9', async () => {
  await using shell = await openShell(lab, { DOMAINCTL_CA: proxy.directoryUrl })
  const name = 'contended.example.test'
  const rule = proxy.add({ method: 'POST', path: pebblePaths.newOrder, nth: 1, fault: { kind: 'delay', ms: 1500 } })
  const { finished } = shell.start('issue', name)
  await vi.waitFor(() => expect(rule.hits).toBe(1), { timeout: 20_000, interval: 5 })
  const other = await shell.domainctl('issue', name, '--json')
  expect(other.code).toBe(9)
  expect(JSON.parse(other.stdout).results[0].error).toMatchObject({ code: 'LEASE_HELD' })
  expect(await finished).toMatchObject({ code: 0 })
})
