import { expect, test } from 'vitest'
import { NEVER, startExample } from '../../dns/lab.test.support.ts'
import { lookAtChallenges } from './challenges.ts'

const now = new Date('2026-01-02T03:04:05Z')
const NAME = '_acme-challenge.example.test'
const STALE = 'SqTGI30-hNDOzuDCCARZx8_ca8dbhCCJ45emjGEQTec'
const NONE: ReadonlySet<string> = new Set()

async function look(extra: string[], o: { delegated?: string[]; mine?: string[]; bases?: string[] } = {}) {
  const { dns, resolver, servers } = await startExample({ count: 2, extra })
  const checks = await lookAtChallenges(
    { dns, signal: NEVER, now },
    o.bases ?? ['example.test'],
    new Set(o.delegated),
    async () => new Set(o.mine),
  )
  // No resolver keeps that there is no challenge yet.
  expect(resolver.log.filter(({ name }) => name.includes('_acme-challenge') || name.includes('domainctl'))).toEqual([])
  return { checks, servers }
}

test('nothing there is the usual case: no check, and one question to each server', async () => {
  const { checks, servers } = await look([])
  expect(checks).toEqual([])
  for (const { log } of servers.slice(1)) expect(log.filter(({ type }) => type === 'TXT')).toHaveLength(1)
})

test('what our own configuration delegates is not looked at', async () => {
  const { checks, servers } = await look([`${NAME} CNAME x.example.test`], { delegated: ['example.test'] })
  expect(checks).toEqual([])
  expect(servers.flatMap(({ log }) => log)).toEqual([])
})

test('a CNAME that leads to a name that need not exist yet', async () => {
  const { checks } = await look([`${NAME} CNAME x.example.test`])
  expect(checks).toMatchObject([
    {
      purpose: 'challenge',
      record: { type: 'CNAME', name: NAME, expected: [] },
      problem: 'CHALLENGE_CNAME',
      severity: 'info',
      ok: true,
      seen: [{ values: ['CNAME x.example.test'] }, { values: ['CNAME x.example.test'] }],
    },
  ])
  expect(checks[0]).not.toHaveProperty('fix')
})

test('a CNAME that leads back to itself has to go', async () => {
  const { checks } = await look([`${NAME} CNAME x.example.test`, `x.example.test CNAME ${NAME}`])
  expect(checks).toMatchObject([
    {
      problem: 'CHALLENGE_UNREACHABLE',
      ok: false,
      state: 'wrong',
      actor: 'customer',
      explanation: expect.stringContaining('leads back to itself'),
      fix: { action: 'remove', type: 'CNAME', name: NAME, value: 'x.example.test' },
    },
  ])
})

test('records that nobody here waits for', async () => {
  const { checks } = await look([`${NAME} TXT ${STALE}`, `${NAME} TXT mine`, `${NAME} TXT second`], { mine: ['mine'] })
  const litter = [STALE, 'second'].map((value) => ({ type: 'TXT', name: NAME, value }))
  expect(checks).toMatchObject([
    {
      purpose: 'challenge',
      record: { type: 'TXT', name: NAME },
      problem: 'CHALLENGE_LITTER',
      severity: 'warning',
      ok: true,
      fix: { action: 'remove', ...litter[0], remove: litter },
    },
  ])
})

test('our own records are no litter', async () => {
  expect((await look([`${NAME} TXT mine`], { mine: ['mine'] })).checks).toEqual([])
})

test('what a wildcard record shows at every name cannot be removed there, and is no litter', async () => {
  const { dns, servers } = await startExample()
  const [, server] = servers
  const good = server?.handler
  if (!server || !good) throw new Error('no server was started')
  const shown = [STALE]
  server.handler = (question, query) => {
    if (question.type !== 'TXT') return good(question, query)
    const values = ['v=spf1 -all', ...(question.name === NAME ? shown : [])]
    return { aa: true, answers: values.map((data) => ({ type: 'TXT', name: question.name, ttl: 60, data })) }
  }
  const looking = { dns, signal: NEVER, now }
  expect(await lookAtChallenges(looking, ['example.test'], NONE, async () => NONE)).toMatchObject([
    { fix: { value: STALE, remove: [{ value: STALE }] } },
  ])
  shown.length = 0
  expect(await lookAtChallenges(looking, ['example.test'], NONE, async () => NONE)).toEqual([])
})

test('a zone that is not there is for other checks to tell', async () => {
  const { dns, servers } = await startExample()
  const [, server] = servers
  if (server) server.handler = () => ({ rcode: 5 })
  const looking = { dns, signal: NEVER, now }
  expect(await lookAtChallenges(looking, ['example.test', 'www.example.test'], NONE, async () => NONE)).toEqual([])
})
