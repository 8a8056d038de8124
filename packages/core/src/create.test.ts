import { expect, it } from 'vitest'
import { createDomainctl } from './create.ts'

it.each([
  [{ ca: 'https://user:hunter2@ca.example/directory' }, /"https:\/\/…@ca\.example\/directory" is not a CA: its URL has a user/],
  [{ ca: 'https://ca.example/directory#x' }, /is not a CA: its URL has a fragment/],
  [{ ca: 'ftp://ca.example' }, /"ftp:\/\/ca\.example" is not a CA\./],
  [
    { cas: { zerossl: {}, mine: { directory: 'https://acme.zerossl.com/v2/DV90' } } },
    /The CAs "zerossl" and "mine" have the same directory/,
  ],
  [{ state: 'postgres://root:hunter2@db.example/state' }, /"postgres:\/\/…@db\.example\/state" is not a state\./],
])('refuses %j without its password', async (options, message) => {
  await expect(createDomainctl({ state: 'file:unused/state.db', readOnly: true, ...options })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(message),
  })
})
