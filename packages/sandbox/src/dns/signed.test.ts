import { manualClock } from '@domainctl/core/testing'
import { describe, expect, it } from 'vitest'
import { ask, asked, byTcp, byUdp, framed, heard, started } from './client.test.support.ts'
import { CLASS, TYPE } from './resource-record.ts'
import { messageMac, NOW, signMessage, withLength } from './tsig.test.support.ts'
import { updateMessage } from './update.test.support.ts'
import { readMessage } from './wire-message.ts'

const starting = async (count = 1) => {
  const dns = await started({
    count,
    records: [{ name: 'big.example.test', type: 'TXT', value: 'x'.repeat(425) }],
    runtime: { clock: manualClock(NOW), random: { bytes: (length) => new Uint8Array(length).fill(1) } },
  })
  return { ...dns, key: { name: dns.tsigKey.name, secret: dns.tsigKey.secret } }
}

/** A reply without its TSIG, and the MAC in that. */
function takenApart(reply: Buffer) {
  const tsig = readMessage(reply).additionals.at(-1)
  if (tsig?.type !== TYPE.TSIG) throw new Error('the reply is not signed')
  const message = Buffer.from(reply.subarray(0, tsig.start))
  message.writeUInt16BE(message.readUInt16BE(10) - 1, 10)
  // Behind the algorithm, the time, the fudge and the length of the MAC.
  const start = tsig.rdataStart + 13 + 6 + 2 + 2
  return { message, mac: reply.subarray(start, start + 32) }
}

const update = updateMessage({
  updates: [{ name: 'new.example.test', type: TYPE.A, ttl: 60, rdata: [127, 0, 0, 9] }],
})

describe('signed messages', () => {
  it('change a zone and are answered signed', async () => {
    const { servers, key, values } = await starting()
    const request = messageMac(update, key)
    const { message, mac } = takenApart(await byUdp(servers[0], signMessage(update, key)))
    expect(heard(message).rcode).toBe('NOERROR')
    expect(mac).toEqual(messageMac(message, { ...key, before: withLength(request) }))
    expect(values('new.example.test', 'A')).toEqual(['127.0.0.9'])
    expect((await ask(servers[0], 'example.test', 'SOA')).answers).toMatchObject([{ data: { serial: 3 } }])
  })

  it('change nothing at secondaries, in zones that are not the user’s, or with another key', async () => {
    const { servers, key, values } = await starting(2)
    const root = updateMessage({
      zone: [{ name: 'test', type: TYPE.SOA, class: CLASS.IN }],
      updates: [{ name: 'new.test', type: TYPE.A, ttl: 60, rdata: [127, 0, 0, 9] }],
    })
    const replies = [
      await byUdp(`${servers[1]}`, signMessage(update, key)),
      await byUdp(servers[0], signMessage(root, key)),
      await byUdp(servers[0], signMessage(update, { ...key, secret: 'AAAA' })),
    ]
    for (const reply of replies) expect(heard(takenApart(reply).message).rcode).toBe('NOTAUTH')
    expect(values('new.example.test', 'A')).toEqual([])
    expect(values('new.test', 'A')).toEqual([])
  })

  it('have room for the signature of the answer', async () => {
    const { servers, key } = await starting()
    const query = asked('big.example.test', 'TXT')
    const [unsigned, signed] = [await byUdp(servers[0], query), await byUdp(servers[0], signMessage(query, key))]
    expect([heard(unsigned).flag_tc, unsigned.length]).toEqual([false, 473])
    expect(heard(takenApart(signed).message)).toMatchObject({ flag_tc: true, answers: [] })
    const [whole] = await byTcp(servers[0], framed(signMessage(query, key)))
    expect(heard(takenApart(whole ?? Buffer.alloc(0)).message).answers).toHaveLength(1)
  })

  it('are questions to the resolver too', async () => {
    const { resolver, key } = await starting()
    const { message } = takenApart(await byUdp(resolver, signMessage(asked('example.test', 'NS'), key)))
    expect(heard(message).answers).toHaveLength(1)
  })

  it('transfer a zone with a signature in every message', async () => {
    const { servers, key, add } = await starting()
    for (let index = 0; index < 300; index++) {
      add({ name: `h${index}.example.test`, type: 'TXT', value: 'x'.repeat(100) })
    }
    const query = asked('example.test', 'AXFR')
    const messages = (await byTcp(servers[0], framed(signMessage(query, key)))).map(takenApart)
    expect(messages.length).toBeGreaterThan(1)
    const [first] = messages
    const request = messageMac(query, key)
    expect(first?.mac).toEqual(messageMac(first?.message ?? query, { ...key, before: withLength(request) }))
    const records = messages.flatMap(({ message }) => heard(message).answers ?? [])
    expect(records.filter(({ type }) => type === 'SOA')).toHaveLength(2)
  })
})
