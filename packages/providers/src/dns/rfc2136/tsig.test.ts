import { DomainctlError } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { decodeAnswer, encodeRecord, encodeRequest, TYPE } from './message.ts'
import { signRequest, type TsigKey, verifyAnswer } from './tsig.ts'
import { addToRRset, deleteFromRRset, deleteRRset, rrsetIsAbsent, updateOf } from './update.ts'

// What nsupdate 9.18 sent and named 9.18 answered, at 2026-11-20T11:57:40Z:
//   prereq nxrrset _acme-challenge.www.example.test CNAME
//   update add _acme-challenge.www.example.test 60 TXT "new value"
//   update delete _acme-challenge.www.example.test TXT "old value"
//   update delete old.example.test A
const SIGNED_AT = new Date('2026-11-20T11:57:40.879Z')
const SHA256: TsigKey = {
  name: 'fixture256.example',
  algorithm: 'hmac-sha256',
  secret: Buffer.from('domainctl test key, 32 octets!!!'),
}
const SHA512: TsigKey = {
  name: 'fixture512.example',
  algorithm: 'hmac-sha512',
  secret: Buffer.from('domainctl test key for hmac-sha512, which is 64 octets long. ....'),
}
const captured = [
  {
    key: SHA256,
    request:
      '35e428000001000100030001076578616d706c65047465737400000600010f5f61636d652d6368616c6c656e676503777777076578616d706c65047465737400000500fe000000000000c01e001000010000003c000a096e65772076616c7565c01e001000fe00000000000a096f6c642076616c7565036f6c64c00c000100ff0000000000000a66697874757265323536076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b0035b4012c0020513bbac7bea0e1989e5cb1a1ef955d48a70a19c4db0f86a392ad1296eda8406535e400000000',
    answer:
      '35e4a8000001000000000001076578616d706c65047465737400000600010a66697874757265323536076578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006b0035b4012c00202659de193198de74973723c67808421c0631267e082e7468f8ba7558a81a8f0e35e400000000',
  },
  {
    key: SHA512,
    request:
      '86f628000001000100030001076578616d706c65047465737400000600010f5f61636d652d6368616c6c656e676503777777076578616d706c65047465737400000500fe000000000000c01e001000010000003c000a096e65772076616c7565c01e001000fe00000000000a096f6c642076616c7565036f6c64c00c000100ff0000000000000a66697874757265353132076578616d706c650000fa00ff00000000005d0b686d61632d7368613531320000006b0035b4012c00409349862bd5e45e64e3e1e12df97b4fbbb5e6ab06754dfedd23b662558eaeccfcc0a269a2b97e1ccb8e66f2de694114538f9605eede2fbec6603c2599f8f3a88086f600000000',
    answer:
      '86f6a8000001000000000001076578616d706c65047465737400000600010a66697874757265353132076578616d706c650000fa00ff00000000005d0b686d61632d7368613531320000006b0035b4012c0040ee852e45ff560aa3acee4b22d89802e36d96c3f0596dcd1088eb20fd148190f898396e4b0118785b95ec470e21fb1acdd3867e798ff4a46acf270fad501123a486f600000000',
  },
].map(({ key, request, answer }) => ({ key, request: Buffer.from(request, 'hex'), answer: Buffer.from(answer, 'hex') }))

/** The TSIG record's MAC: after the algorithm's name (13 octets), time and fudge (8) and the size (2). */
const macIn = (message: Buffer) => {
  const { rdata } = decodeAnswer(message).additionals.at(-1) ?? { rdata: Buffer.alloc(0) }
  return Buffer.from(rdata.subarray(23, 23 + Buffer.from(rdata).readUInt16BE(21)))
}

function verify(answer: Buffer, key: TsigKey, requestMac: Uint8Array, now = SIGNED_AT): DomainctlError | null {
  try {
    verifyAnswer(answer, decodeAnswer(answer), { key, requestMac, now, server: 'ns1.example:53' })
    return null
  } catch (error) {
    if (error instanceof DomainctlError) return error
    throw error
  }
}

describe.each(captured)('TSIG with $key.algorithm', ({ key, request, answer }) => {
  it('signs what nsupdate signed to the same octets', () => {
    const unsigned = Buffer.from(request.subarray(0, decodeAnswer(request).lastRecordAt))
    unsigned.writeUInt16BE(0, 10)
    const signed = signRequest(unsigned, key, SIGNED_AT)
    expect(signed.message.toString('hex')).toBe(request.toString('hex'))
    expect(signed.mac.toString('hex')).toBe(macIn(request).toString('hex'))
  })

  it('asks for what nsupdate asked, record by record', () => {
    const name = '_acme-challenge.www.example.test'
    const ours = updateOf('example.test', [
      {
        prerequisites: [rrsetIsAbsent(name, TYPE.CNAME)],
        updates: [
          ...addToRRset({ name, type: 'TXT', ttl: 60, values: ['new value'] }),
          ...deleteFromRRset({ name, type: 'TXT', ttl: 60, values: ['old value'] }),
          deleteRRset('old.example.test', TYPE.A),
        ],
      },
    ])
    const theirs = decodeAnswer(request)
    const sent = decodeAnswer(encodeRequest(theirs.id, ours))
    for (const section of ['questions', 'answers', 'authorities'] as const) expect(sent[section]).toEqual(theirs[section])
    expect(sent.opcode).toBe(theirs.opcode)
  })

  it("accepts named's answer, and not one changed in any octet", () => {
    expect(verify(answer, key, macIn(request))).toBeNull()
    for (let at = 0; at < answer.length; at++) {
      const changed = Buffer.from(answer)
      changed.writeUInt8(changed.readUInt8(at) ^ 0x20, at)
      // A header id is the original id of the TSIG record for the signature; letter case does not count in key names.
      const harmless = at < 2 || isNameOfKey(answer, at)
      if (harmless) continue
      let refused: unknown
      try {
        refused = verify(changed, key, macIn(request))
      } catch (error) {
        refused = error
      }
      expect(refused, `octet ${at}`).toBeInstanceOf(DomainctlError)
    }
  })

  it('does not accept an answer to another request', () => {
    const other = Buffer.from(macIn(request))
    other.writeUInt8(other.readUInt8(0) ^ 1, 0)
    expect(verify(answer, key, other)?.code).toBe('PROVIDER_AUTH')
  })

  it('does not accept an answer that is older or newer than the fudge', () => {
    const mac = macIn(request)
    const off = (seconds: number) => verify(answer, key, mac, new Date(SIGNED_AT.getTime() + seconds * 1000))
    expect(off(300)).toBeNull()
    expect(off(-300)).toBeNull()
    expect(off(301)?.message).toContain('301 seconds ahead')
    expect(off(-301)?.message).toContain('301 seconds behind')
  })
})

function isNameOfKey(answer: Buffer, at: number): boolean {
  const owner = decodeAnswer(answer).lastRecordAt
  const letter = /[a-z]/.test(String.fromCharCode(answer.readUInt8(at)))
  const algorithm = answer.indexOf('hmac-sha', owner, 'latin1')
  return letter && ((at >= owner && at < owner + 20) || (at >= algorithm && at < algorithm + 11))
}

describe('TSIG errors as named sends them', () => {
  const tail =
    '0a66697874757265323536076578616d706c650000fa00ff0000000000430b686d61632d7368613235360000006955b900012c00201ee8c51892149de7982b26adaa2809fc59b31c6db9243bd4274d3cc80d55bb1112340012000600006b0035b4'
  const badTime = Buffer.from(`123480090001000000000001076578616d706c6504746573740000060001${tail}`, 'hex')
  const badTimeRequestMac = Buffer.from('b353a0f275e22e5cc9e65d72a5f26535b3214ce9e02956f7c6366cc4d9b6afb5', 'hex')
  const then = new Date('2026-01-01T00:00:00Z')

  it('tells both clocks and how far they are apart for BADTIME', () => {
    const error = verify(badTime, SHA256, badTimeRequestMac, then)
    expect(error?.code).toBe('PROVIDER_AUTH')
    expect(error?.message).toContain('BADTIME')
    expect(error?.message).toContain('2026-11-20T11:57:40.000Z')
    expect(error?.message).toContain('2026-01-01T00:00:00.000Z')
    expect(error?.message).toContain('27950260 seconds behind')
  })

  it('does not believe a BADTIME that is not signed well', () => {
    const error = verify(badTime, SHA256, Buffer.alloc(32), then)
    expect(error?.message).toContain('signature that does not fit')
  })

  it.each([
    [
      'BADKEY',
      'does not know the TSIG key',
      '123480090001000000000001076578616d706c650474657374000006000107756e6b6e6f776e076578616d706c650000fa00ff00000000001d0b686d61632d7368613235360000006b0035b4012c0000123400110000',
    ],
    [
      'BADSIG',
      'is not the one that it has',
      '123480090001000000000001076578616d706c65047465737400000600010a66697874757265323536076578616d706c650000fa00ff00000000001d0b686d61632d7368613235360000006b0035b4012c0000123400100000',
    ],
  ])('says what is wrong for %s', (name, why, hex) => {
    const error = verify(Buffer.from(hex, 'hex'), SHA256, Buffer.alloc(32))
    expect(error).toMatchObject({ code: 'PROVIDER_AUTH', cause: { tsigError: name } })
    expect(error?.message).toContain(why)
    expect(error?.message).toContain(name)
  })
})

describe('answers that cannot be trusted', () => {
  const { answer, request } = captured[0] ?? { answer: Buffer.alloc(0), request: Buffer.alloc(0) }

  it('are those without a signature', () => {
    const unsigned = Buffer.from(answer.subarray(0, decodeAnswer(answer).lastRecordAt))
    unsigned.writeUInt16BE(0, 10)
    expect(verify(unsigned, SHA256, macIn(request))?.message).toContain('is not signed')
  })

  it('are those with two signatures, or with records after the signature', () => {
    const { additionals } = decodeAnswer(answer)
    const [tsig] = additionals
    const extra = { name: 'x.test', type: TYPE.A, class: 1, ttl: 0, rdata: Buffer.alloc(4) }
    for (const record of [tsig, extra]) {
      const longer = Buffer.concat([answer, record === undefined ? Buffer.alloc(0) : encodeRecord(record)])
      longer.writeUInt16BE(2, 10)
      expect(verify(longer, SHA256, macIn(request))?.code).toBe('PROVIDER_AUTH')
    }
  })

  it('are those of another key, and the message has no secret in it', () => {
    const error = verify(answer, { ...SHA256, name: 'other.example' }, macIn(request))
    expect(error?.message).toContain('fixture256.example')
    expect(JSON.stringify([error?.message, error?.hint, error?.cause])).not.toContain('domainctl test key')
  })
})
