import { expect, it } from 'vitest'
import { toPkcs12 } from './pkcs12.ts'

const unused = () => Promise.reject(new Error('No file is made.'))

it.each([
  ['', 'is empty'],
  ['a\n', 'holds a control character'],
  ['\ud83d', 'holds a half of a character'],
  [Buffer.from('pässwort', 'latin1').toString(), 'was no UTF-8 where it was read from'],
])('takes no password that would not open the file again: %j', async (password, why) => {
  const services = { crypto: unused, runtime: undefined as never }
  const making = toPkcs12(services, { name: 'a.example', key: 'PEM', chain: [] }, { password })
  await expect(making).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(why) })
})
