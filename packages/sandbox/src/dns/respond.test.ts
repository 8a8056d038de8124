import { describe, expect, it } from 'vitest'
import { asked, byUdp, heard, opt, started } from './client.test.support.ts'

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
