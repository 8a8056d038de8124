import fc from 'fast-check'
import { expect, it } from 'vitest'
import { certificateId } from './certificate-id.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
/** An extension as it stands in a certificate: OID, OCTET STRING, SEQUENCE, [0]. */
const extension = (key: Buffer) =>
  Buffer.concat([hex('06 03 55 1d 23'), Buffer.from([4, key.length + 4, 0x30, key.length + 2, 0x80, key.length]), key])

it('is that of the example of RFC 9773 §4.1', () => {
  const key = hex('69 88 5b 6b 87 46 40 41 e1 b3 7b 84 7b a0 ae 2c de 01 c8 d4')
  const raw = Buffer.concat([hex('30 82 01 00'), extension(key), hex('03 02 00 00')])
  expect(certificateId({ raw, serialNumber: '87654321' })).toBe('aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
})

it.each([
  ['7F', 'fw'],
  ['80', 'AIA'],
  ['1', 'AQ'],
  ['0A0B', 'Cgs'],
])('writes the serial number %s as DER does', (serialNumber, written) => {
  expect(certificateId({ raw: extension(Buffer.from([1])), serialNumber })).toBe(`AQ.${written}`)
})

it.each(['', '06 03 55 1d 23', '06 03 55 1d 23 04 06 30 04 81 02 01 02', '06 03 55 1d 23 04 84 ff ff ff ff'])(
  'is null where no key is named: %s',
  (der) => {
    expect(certificateId({ raw: hex(der), serialNumber: '01' })).toBeNull()
  },
)

it('reads whatever bytes there are without a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 64 }), (before, after) => {
      const raw = Buffer.concat([Buffer.from(before), hex('06 03 55 1d 23'), Buffer.from(after)])
      const id = certificateId({ raw, serialNumber: '01' })
      expect(id === null || /^[\w-]*\.AQ$/.test(id)).toBe(true)
    }),
  )
})
