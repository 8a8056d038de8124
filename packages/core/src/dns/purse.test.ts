import { expect, test } from 'vitest'
import type { DnsHandler } from '../testing/dns-server.ts'
import { authoritative, recursive, zoneData } from '../testing/dns-zone-data.ts'
import { exampleZones, NEVER, soa, startLab } from './lab.test.support.ts'
import { MOST_QUESTIONS, payFor, withPurse } from './purse.ts'

const signal = NEVER

test('a call asks so many questions and no more; who asks for no call asks as many as it likes', async () => {
  let asked = 0
  const asking = withPurse('a.test', signal, async (own) => {
    for (;;) {
      payFor(own)
      asked += 1
    }
  })
  await expect(asking).rejects.toMatchObject({ code: 'DNS_UNREACHABLE', message: expect.stringContaining('a.test') })
  expect(asked).toBe(MOST_QUESTIONS)
  for (let i = 0; i < 1000; i += 1) payFor(signal)
})

/** Every zone is below another one, and has name servers that nobody has heard of; every name leads to a further one. */
function endless(): DnsHandler {
  let made = 0
  const depths = new Map<string, number>()
  return ({ name, type }) => {
    const labels = name.split('.')
    if (type !== 'SOA') {
      const deep = Array.from({ length: 15 }, (_, i) => `l${i}`).join('.')
      return { aa: true, answers: [{ type: 'CNAME', name, data: `${deep}.x${made++}.example.test`, ttl: 0 }] }
    }
    const depth = (depths.get(name) ?? 2) + 1
    depths.set(name, depth)
    const child = labels.slice(-depth).join('.')
    if (depth > labels.length) return { aa: true, authorities: [soa(name)] }
    const servers = Array.from({ length: 15 }, () => `r${made++}.victim.test`)
    const known = `ns${made++}.${child}`
    return {
      authorities: [known, ...servers].map((data) => ({ type: 'NS', name: child, data, ttl: 0 })),
      additionals: [{ type: 'A', name: known, data: '127.0.0.3', ttl: 0 }],
    }
  }
}

test('name servers that lead on and on make for a bounded number of questions, and that is told', async () => {
  const { parent, zone } = exampleZones()
  const victim = zoneData('victim.test', [])
  const lab = await startLab(recursive([zone, victim, parent]), [authoritative([parent]), endless()])
  // Over TCP is asked once more what was cut over UDP.
  const questions = () =>
    [lab.resolver, ...lab.servers].flatMap(({ log }) => log.filter(({ transport }) => transport === 'udp')).length
  expect(await lab.dns.trace('www.example.test', { signal })).toMatchObject({
    end: 'silent',
    why: expect.stringContaining('lead on and on'),
  })
  expect(questions()).toBeLessThanOrEqual(MOST_QUESTIONS)
  const told = { code: 'DNS_UNREACHABLE', message: expect.stringContaining(`after ${MOST_QUESTIONS} questions`) }
  await expect(lab.dns.followCname('www.example.test', { signal })).rejects.toMatchObject(told)
  expect(questions()).toBeLessThanOrEqual(2 * MOST_QUESTIONS)
})
