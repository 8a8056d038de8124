import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { searchFor } from './secret-search.ts'

const value = 'c2VjcmV0LW9mLXRoZS1rZXktMzItb2N0ZXRzLWxvbmc='
const { in: inside, inFolder } = searchFor([{ name: 'the key', value }])

test.each([
  ['as it is', `token=${value};`],
  ['cut off', `${value.slice(0, 20)}…`],
  ['its end alone', `…${value.slice(-18)}`],
  ['in JSON', JSON.stringify({ token: value })],
  ['in hexadecimal', `<${Buffer.from(value).toString('hex')}>`],
  ['for a URL', `?token=${encodeURIComponent(value)}&x=1`],
  ['as the password of basic authentication', Buffer.from(`user:${value}`).toString('base64')],
  ['in base64 behind two characters', Buffer.from(`ab${value}cd`).toString('base64')],
  ['in base64url behind one', Buffer.from(`a${value}`).toString('base64url')],
  ['decoded, among other bytes', Buffer.concat([Buffer.from([0, 255]), Buffer.from(value, 'base64'), Buffer.from([7])])],
  ['as UTF-16', Buffer.from(value, 'utf16le')],
])('a secret is found %s, and not told', (_, content) => {
  const found = inside('a place', content)
  expect(found).not.toEqual([])
  expect(found.join()).toContain('the key')
  expect(inside('what was found', found.join())).toEqual([])
})

test('nothing is found where nothing is', () => {
  expect(inside('a place', `${value.slice(0, 12)} ${'x'.repeat(1000)} token= secret`)).toEqual([])
})

test('a folder is looked through, with the names in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-search-'))
  try {
    await mkdir(join(folder, 'deep', 'er'), { recursive: true })
    await writeFile(join(folder, 'deep', 'er', 'state.db'), Buffer.concat([Buffer.alloc(5000), Buffer.from(value)]))
    await writeFile(join(folder, `cache-${value}`), 'nothing')
    expect(inFolder(folder).some((place) => place.endsWith('deep/er/state.db'))).toBe(true)
    expect(inFolder(folder).some((place) => place.includes('the name of'))).toBe(true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
