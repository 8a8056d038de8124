import { describe, expect, it } from 'vitest'
import { ask, asked, byTcp, byUdp, framed, heard, opt, started } from './client.test.support.ts'

describe('responses', () => {
  it('echo the question octet by octet', async () => {
    const { servers } = await started()
    const query = asked('eXaMpLe.TeSt', 'SOA')
    const answer = await byUdp(servers[0], query)
    expect(answer.subarray(12, query.length)).toEqual(query.subarray(12))
    expect(heard(answer).answers).toMatchObject([{ type: 'SOA', data: { mname: 'ns1.example.test', serial: 1, minimum: 0 } }])
  })

  it('write names with dots and other octets in labels as they came', async () => {
    const { servers } = await started({ records: [{ name: '*.example.test', type: 'A', value: '127.0.0.9' }] })
    const question = Buffer.concat([Buffer.from([4, 0x61, 0x2e, 0xff, 0]), Buffer.from('\x07example\x04test\0', 'latin1')])
    const answer = await byUdp(servers[0], Buffer.concat([asked('.', 'A').subarray(0, 12), question, Buffer.of(0, 1, 0, 1)]))
    // The owner is a pointer to the question.
    expect([...answer.subarray(12 + question.length + 4).subarray(0, 4)]).toEqual([0xc0, 12, 0, 1])
    expect(answer.subarray(-4)).toEqual(Buffer.of(127, 0, 0, 9))
  })

  it('keep to the size that the client takes by UDP', async () => {
    const records = [{ name: 'example.test', type: 'TXT', value: 'x'.repeat(900) } as const]
    const { servers } = await started({ records })
    const lengths: [number, boolean][] = []
    for (const more of [{}, opt(100), opt(1000), opt(4096)]) {
      const answer = await byUdp(servers[0], asked('example.test', 'TXT', more))
      lengths.push([answer.length, heard(answer).flag_tc])
      if (heard(answer).flag_tc) expect(heard(answer)).toMatchObject({ answers: [], authorities: [], rcode: 'NOERROR' })
    }
    expect(lengths).toEqual([[30, true], [41, true], [957, false], [957, false]]) // biome-ignore format: pairs
    const [whole] = await byTcp(servers[0], framed(asked('example.test', 'TXT')))
    expect(whole).toHaveLength(946)
  })

  it('leave out the addresses beside an answer before they cut it', async () => {
    const { servers } = await started({ zones: [`${'a'.repeat(60)}.test`], count: 12 })
    const answer = await ask(servers[0], `${'a'.repeat(60)}.test`, 'NS', opt(1200))
    expect(answer.flag_tc).toBe(false)
    expect(answer.answers).toHaveLength(12)
    expect(answer.additionals).toHaveLength(1)
  })
})
