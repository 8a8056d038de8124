import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { openShell, type Shell } from '../lifecycle/command.ts'
import { openEngine } from '../lifecycle/engine.ts'
import { txtAt } from '../lifecycle/lookup.ts'
import { searchFor } from './secret-search.ts'
import { startFaultyLabWorld, startLabWorld } from './world.ts'

// Accounts at Pebble: another key, deactivation, recovery from the key.

/** Pebble's place for it (RFC 8555 §7.3.5). */
const KEY_CHANGE = '/rollover-account-key'
const NEW_ACCOUNT = '/sign-me-up'

const ROUNDS = process.env.DOMAINCTL_LAB_LONG === '1' ? 30 : 4

async function done(shell: Shell, ...args: string[]): Promise<string> {
  const ended = await shell.domainctl(...args)
  expect(ended, `${args.join(' ')}\n${ended.stderr}`).toMatchObject({ code: 0 })
  return ended.stdout
}

interface Listed {
  url: string
  status: string
  keyChanging: boolean
}

const listed = async (shell: Shell): Promise<Listed[]> =>
  JSON.parse(await done(shell, 'account', 'list', '--check', '--json')).accounts

test('another key, then certificates; recovery in a fresh state; deactivation: and no key shows anywhere', async () => {
  await using world = await startLabWorld()
  await using shell = await openShell(world)
  const said: string[] = []
  const run = async (...args: string[]) => {
    const { stdout, stderr, code } = await shell.domainctl(...args, '--verbose')
    said.push(stdout, stderr)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  }
  await run('issue', 'example.test', '--email', 'ops@example.test')
  await run('account', 'export-key', '--out', 'first.pem')
  await run('account', 'rotate-key')
  await run('issue', 'second.example.test')
  await run('account', 'update', '--email', 'other@example.test')
  await run('account', 'export-key', '--out', 'second.pem')
  expect(await listed(shell)).toMatchObject([{ status: 'valid', contact: 'other@example.test', keyChanging: false, domains: 2 }])
  // The old key opens nothing any more.
  expect(await shell.domainctl('account', 'import', '--key', 'first.pem', '--account', 'old')).toMatchObject({ code: 2 })

  const fresh = ['--state', 'file:fresh.db']
  await run('account', 'import', '--key', 'second.pem', ...fresh)
  await run('issue', 'third.example.test', ...fresh)
  await run('account', 'rotate-key', '--account-key-type', 'rsa2048', ...fresh)
  // This state has the key from before.
  const refused = await shell.domainctl('issue', 'fourth.example.test')
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('domainctl account import') })
  await run('account', 'export-key', '--out', 'third.pem', ...fresh)
  await run('account', 'import', '--key', 'third.pem')
  await run('issue', 'fourth.example.test', '--force')
  await run('account', 'deactivate', '--yes')
  await run('issue', 'fifth.example.test')
  expect(await listed(shell)).toMatchObject([{ status: 'deactivated' }, { status: 'valid' }])

  const bodies = ['first.pem', 'second.pem', 'third.pem'].map((file) => readFileSync(join(shell.directory, file), 'utf8'))
  const secrets = bodies.map((pem, n) => ({ name: `key ${n + 1}`, value: pem.split('\n').slice(1, -2).join('') }))
  const search = searchFor(secrets)
  expect(search.in('what the command said', said.join('\n'))).toEqual([])
  for (const state of ['.domainctl/state.db', 'fresh.db'])
    expect(search.in(state, readFileSync(join(shell.directory, state)))).toEqual([])
})

const CHANGES = [
  ['the answer is lost', { kind: 'lose-answer' }],
  ['the connection is reset before', { kind: 'reset' }],
  ['the CA is limited', { kind: 'refuse', status: 429, retryAfter: 1 }],
  ['the CA fails', { kind: 'refuse', status: 500 }],
] as const

test.each(CHANGES)('a key change of which %s, and the CA cannot be asked: the next issue knows the key', async (_, fault) => {
  await using world = await startFaultyLabWorld({ pebble: { nonceReject: 0 } })
  await using shell = await openShell(world)
  await done(shell, 'issue', 'warm-up.example.test')
  world.proxy.add({ path: KEY_CHANGE, fault })
  world.proxy.add({ path: NEW_ACCOUNT, fault: { kind: 'reset' } })
  expect(await shell.domainctl('account', 'rotate-key')).toMatchObject({ code: 5 })
  world.proxy.clear()
  await done(shell, 'issue', 'example.test')
  expect(await listed(shell)).toMatchObject([{ status: 'valid', keyChanging: false }])
})

test.each(['before the CA has it', 'after the CA has it'])('SIGKILL at the key change, %s: no key is lost', async (when) => {
  await using world = await startFaultyLabWorld({ pebble: { nonceReject: 0 } })
  await using shell = await openShell(world)
  await done(shell, 'issue', 'warm-up.example.test')
  const [before] = await listed(shell)
  const held = Promise.withResolvers<void>()
  // The answer that tells whether the change was made is held back as well.
  const rule =
    when === 'before the CA has it'
      ? world.proxy.add({ path: KEY_CHANGE, fault: { kind: 'delay', until: () => held.promise } })
      : world.proxy.add({ path: NEW_ACCOUNT, fault: { kind: 'delay', until: () => held.promise } })
  if (when === 'after the CA has it') world.proxy.add({ path: KEY_CHANGE, fault: { kind: 'lose-answer' } })
  const { child, finished } = shell.start('account', 'rotate-key')
  await vi.waitFor(() => expect(rule.hits).toBe(1), { timeout: 20_000 })
  child.kill('SIGKILL')
  await finished
  world.proxy.clear()
  const [between] = await listed(shell)
  expect(between).toMatchObject({ status: 'valid', keyChanging: true })
  // What was on its way comes while the next run is at work.
  const issued = done(shell, 'issue', 'example.test')
  held.resolve()
  await issued
  await done(shell, 'account', 'rotate-key')
  expect(await listed(shell)).toEqual([{ ...before, keyChanging: false, domains: 2 }])
})

test('one process orders in a loop while another changes the key: every certificate comes, nothing is left', async () => {
  await using world = await startLabWorld()
  await using engine = await openEngine(world)
  await engine.domainctl.issue('warm-up.example.test')
  const other = await engine.again()
  let isOver = false
  const changing = (async () => {
    let changes = 0
    while (!isOver) {
      await other.rotateAccountKey()
      changes += 1
      await sleep(100)
    }
    return changes
  })()
  changing.catch(() => undefined)
  const names = Array.from({ length: ROUNDS }, (_, n) => `n${n}.example.test`)
  try {
    for (const name of names) expect(await engine.domainctl.issue(name, { wildcard: true })).toMatchObject({ issued: true })
  } finally {
    isOver = true
  }
  expect(await changing).toBeGreaterThan(1)
  for (const name of names) expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
  expect(await engine.domainctl.accounts({ check: true })).toMatchObject([
    { status: 'valid', openOrders: 0, domains: ROUNDS + 1 },
  ])
  const database = new DatabaseSync(join(engine.directory, 'state.db'), { readOnly: true })
  expect(database.prepare('select count(*) as n from records').get()).toMatchObject({ n: 0 })
  database.close()
})
