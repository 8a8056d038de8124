import { describe, expect, it } from 'vitest'
import { asked, byTcp, byUdp, framed, heard, opt, sevens, started } from './client.test.support.ts'
import { TYPE } from './resource-record.ts'
import { NOW, signMessage } from './tsig.test.support.ts'
import { uint16, updateMessage, wireName } from './update.test.support.ts'

describe('the servers', () => {
  it.each([
    ['another class', asked('example.test', 'A', { questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] }), 'REFUSED'],
    ['no question', asked('example.test', 'A', { questions: [] }), 'FORMERR'],
    ['two questions', asked('.', 'A', { questions: [{ name: 'a', type: 'A' }, { name: 'b', type: 'A' }] }), 'FORMERR'], // biome-ignore format: one line
    ['an answer', asked('a', 'A', { answers: [{ name: 'a', type: 'A', data: '127.0.0.1' }] }), 'FORMERR'],
    ['OPT as a question', asked('a', 'OPT'), 'FORMERR'],
    ['octets after its end', Buffer.concat([asked('a', 'A'), Buffer.of(0)]), 'FORMERR'],
    ['half a question', asked('example.test', 'A').subarray(0, 20), 'FORMERR'],
    [
      'two OPT records',
      asked('a', 'A', { additionals: [opt(512), opt(512)].flatMap((one) => one.additionals ?? []) }),
      'FORMERR',
    ],
    ['an authority record', asked('a', 'A', { authorities: [{ name: 'a', type: 'A', data: '127.0.0.1' }] }), 'FORMERR'],
    ['IXFR', asked('example.test', 'IXFR'), 'NOTIMP'],
    ['AXFR by UDP', asked('example.test', 'AXFR'), 'REFUSED'],
    ['opcode NOTIFY', asked('example.test', 'SOA', { flags: 4 << 11 }), 'NOTIMP'],
    ['an update that nobody signed', asked('example.test', 'SOA', { flags: 5 << 11 }), 'REFUSED'],
  ])('refuse %s', async (_, query, rcode) => {
    const { servers } = await started()
    const answer = heard(await byUdp(servers[0], query))
    expect(answer).toMatchObject({ id: 4711, rcode, answers: [], flag_qr: true, flag_aa: false })
  })

  it('are silent to what has no header, and to responses', async () => {
    const { servers } = await started()
    const response = asked('example.test', 'SOA', { type: 'response', id: 1 })
    const answer = heard(await byUdp(servers[0], Buffer.alloc(11), response, asked('example.test', 'SOA', { id: 2 })))
    expect(answer.id).toBe(2)
  })
})

describe('large messages', () => {
  const header = (...numbers: number[]) => Buffer.concat([0x1234, ...numbers].map(uint16))
  const long = Buffer.concat([...Array.from({ length: 118 }, () => Buffer.of(1, 0x61)), Buffer.of(0xc0, 12)])

  it('with thousands of questions are refused for their number', async () => {
    const { servers } = await started()
    const questions = Array.from({ length: 10_000 }, () => Buffer.of(0xc0, 12, 0, 1, 0, 1))
    const message = Buffer.concat([header(0, 10_001, 0, 0, 0), wireName('a'), uint16(1), uint16(1), ...questions])
    const [answer] = await byTcp(servers[0], framed(message))
    expect(heard(answer ?? Buffer.alloc(0))).toMatchObject({ rcode: 'FORMERR', questions: [], answers: [] })
  })

  it('that are updates nobody signed are refused unread, but for their zone', async () => {
    const { servers, resolver } = await started({ count: 2 })
    const update = updateMessage()
    const garbage = Buffer.concat([update, Buffer.alloc(50_000, 0xff)])
    garbage.writeUInt16BE(5000, 8)
    for (const [server, rcode] of [
      [servers[0], 'REFUSED'],
      [servers[1], 'NOTAUTH'],
      [resolver, 'NOTIMP'],
    ] as const) {
      // biome-ignore format: pairs
      const [answer] = await byTcp(`${server}`, framed(garbage))
      expect(heard(answer ?? Buffer.alloc(0))).toMatchObject({ rcode, questions: [{ name: 'example.test' }] })
    }
    const zone = { name: 'example.test', type: TYPE.SOA }
    for (const wrong of [updateMessage({ zone: [] }), updateMessage({ zone: [zone, zone] }), update.subarray(0, 20)]) {
      expect(heard(await byUdp(servers[0], wrong)).rcode).toBe('FORMERR')
    }
  })

  it('that are updates full of pointers are carried out in no time', async () => {
    const runtime = { clock: { now: () => NOW, sleep: async () => {} }, random: sevens }
    const { servers, tsigKey } = await started({ runtime })
    const zone = Buffer.concat([wireName('example.test'), uint16(TYPE.SOA), uint16(1)])
    const pointer = uint16(0xc000 | (12 + zone.length))
    const mx = (preference: number, name: Buffer) => {
      const rdata = Buffer.concat([uint16(preference), pointer])
      return Buffer.concat([name, uint16(TYPE.MX), uint16(1), Buffer.of(0, 0, 0, 60), uint16(rdata.length), rdata])
    }
    const records = Array.from({ length: 3800 }, (_, index) => mx(index, index === 0 ? long : pointer))
    const update = Buffer.concat([header(5 << 11, 1, 0, records.length, 0), zone, ...records])
    const signed = framed(signMessage(update, { name: tsigKey.name, secret: tsigKey.secret }))
    // Some tenths of a second for all of them; ten seconds when every name is read by itself.
    const answers = await byTcp(servers[0], ...Array.from({ length: 20 }, () => signed))
    expect(answers.map((answer) => (answer[3] ?? 0) & 0x0f)).toEqual(Array(20).fill(0))
  })
})
