import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AUTHORITATIVE_ANSWER, encode } from 'dns-packet'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startExample } from '../dns/lab.test.support.ts'
import { openByHand } from './by-hand.test.support.ts'

const NAME = 'shop.example.test'
const TARGET = 'edge.example.test'

/** A zone on two servers, domainctl with a domain that wants a TXT and a CNAME, and what was asked since the last time. */
async function openScene() {
  const { zone, resolver, servers, clock } = await startExample({ count: 2, extra: [`${TARGET} A 192.0.2.1`] })
  const directory = mkdtempSync(join(tmpdir(), 'domainctl-misplaced-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const domainctl = await openByHand(directory, { resolver, clock })
  const { records } = await domainctl.add(NAME, { ownership: 'txt', target: TARGET })
  const [txt, cname] = records
  if (!txt || !cname) throw new Error('a record is missing')
  const [, first, second] = servers
  if (!first || !second) throw new Error('a server is missing')
  return {
    resolver,
    first,
    second,
    txt,
    cname,
    publish: (name: string, type: 'TXT' | 'CNAME', value: string) => void zone.records.push({ name, type, value }),
    /** The checks of the two records alone. */
    verify: async () => {
      const { checks } = await domainctl.verify(NAME)
      return { checks: checks.filter(({ purpose }) => purpose === 'ownership' || purpose === 'routing') }
    },
    /** How many questions each server had since that are about the two records. */
    asked() {
      const isOther = (name: string) => name === TARGET || name.startsWith('_acme-challenge.')
      const counts = [first, second].map(
        ({ log }) => log.filter(({ name, type }) => !['SOA', 'NS', 'CAA'].includes(type) && !isOther(name)).length,
      )
      for (const { log } of [first, second, resolver]) log.length = 0
      return counts
    },
  }
}

describe('how much verify asks', () => {
  it('asks one question more when it is wrong without being missing: whether a wildcard answers', async () => {
    const { verify, publish, asked, txt, cname } = await openScene()
    publish(txt.name, 'TXT', `"${txt.value}"`)
    publish(cname.name, 'CNAME', `${TARGET}.example.test`)
    const { checks } = await verify()
    expect(checks.map(({ problem }) => problem)).toEqual(['RECORD_VALUE_QUOTED', 'RECORD_VALUE_ZONE_APPENDED'])
    expect(asked()).toEqual([2 + 1, 2])
  })

  it('asks the first server four questions more for a TXT that is missing, one for a CNAME, and no resolver', async () => {
    const { verify, asked, resolver } = await openScene()
    await verify()
    asked()
    const { checks } = await verify()
    expect(checks.map(({ problem }) => problem)).toEqual(['RECORD_MISSING', 'RECORD_MISSING'])
    expect(resolver.log).toEqual([])
    expect(asked()).toEqual([2 + 4 + 1, 2])
  })

  it('asks the other server only for the place where the record is, and the first one for a wildcard', async () => {
    const { verify, publish, asked, txt, cname } = await openScene()
    publish(cname.name, 'CNAME', cname.value)
    publish(`${txt.name}.example.test`, 'TXT', txt.value)
    expect(await verify()).toMatchObject({ checks: [{ problem: 'RECORD_ZONE_DOUBLED' }, { ok: true }] })
    // And each about the name itself, which a wildcard may serve.
    expect(asked()).toEqual([2 + 4 + 1 + 2, 2 + 1 + 1])
  })

  it('finds nothing where the server has died in between', async () => {
    const { verify, first, publish, txt, cname } = await openScene()
    publish(cname.name, 'CNAME', cname.value)
    publish(`${txt.name}.example.test`, 'TXT', txt.value)
    const good = first.handler
    first.handler = (question, query) =>
      question.name.endsWith('.example.test.example.test') ? { rcode: 2 } : good(question, query)
    expect(await verify()).toMatchObject({ checks: [{ problem: 'RECORD_MISSING' }, { ok: true }] })
  })
})

it('RECORD_VALUE_DOTS: a dot that is part of the last label is not the final dot', async () => {
  const { verify, first, second, publish, txt, cname } = await openScene()
  publish(txt.name, 'TXT', txt.value)
  const answer = { name: NAME, type: 'CNAME', ttl: 60, data: `${cname.value}X` } as const
  for (const server of [first, second]) {
    const good = server.handler
    server.handler = (question, query) => {
      if (question.type !== 'CNAME') return good(question, query)
      const { id = 0, questions = [] } = query
      const reply = encode({ type: 'response', id, flags: AUTHORITATIVE_ANSWER, questions, answers: [answer] })
      // The encoder takes every dot for the end of a label.
      reply[reply.indexOf('testX') + 'test'.length] = '.'.charCodeAt(0)
      return reply
    }
  }
  const remove = [{ type: 'CNAME', name: NAME, value: `${cname.value}\\.` }]
  expect((await verify()).checks[1]).toMatchObject({
    problem: 'RECORD_VALUE_DOTS',
    fix: { action: 'change', value: cname.value, remove },
  })
})
