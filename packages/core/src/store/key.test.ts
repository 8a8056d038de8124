import { execFileSync } from 'node:child_process'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { makeKeyFile, parseKey, readKeyFile } from './key.ts'

describe('parseKey', () => {
  it('reads 32 bytes in hex, base64 and base64url, with white space around', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const key = Buffer.from(bytes)
        const base64 = key.toString('base64')
        for (const text of [
          key.toString('hex'),
          key.toString('hex').toUpperCase(),
          base64,
          base64.replace('=', ''),
          key.toString('base64url'),
          `\t${base64}\r\n`,
        ]) {
          expect(parseKey(text, 'The key')).toEqual(bytes)
        }
      }),
    )
  })

  it('refuses any other length, and does not show what was given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        fc.pre(bytes.length !== 32)
        for (const encoding of ['hex', 'base64', 'base64url'] as const) {
          // 64 hex digits are a key, whatever they were meant to be.
          const text = Buffer.from(bytes).toString(encoding)
          fc.pre(!/^[0-9a-f]{64}$/i.test(text))
          expect(() => parseKey(text, 'The key')).toThrow(expect.objectContaining({ code: 'STATE_KEY_INVALID' }))
        }
      }),
    )
    for (const text of ['', 'hunter2'.repeat(9), 'ü'.repeat(44), `${'a'.repeat(32)} ${'a'.repeat(32)}`]) {
      expect(() => parseKey(text, 'The key')).toThrow(
        /^The key is not 32 bytes in hex \(64 digits\) or base64 \(44 characters\)\.$/,
      )
    }
  })
})

describe('the key file', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    path = join(folder, 'state.db.key')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is made for its owner alone, and read again', async () => {
    const key = await makeKeyFile(path, systemRandom())
    expect(key).toHaveLength(32)
    expect(await readKeyFile(path)).toEqual(key)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['state.db.key'])
    expect(await readFile(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  })

  it('is made over what a process that was killed has left of one', async () => {
    await writeFile(`${path}.new`, 'half', { mode: 0o600 })
    expect(await readKeyFile(path)).toBeNull()
    const key = await makeKeyFile(path, systemRandom())
    expect(await readKeyFile(path)).toEqual(key)
  })

  it('is made anew where a link, or a file that others may read, has the name that it is written under', async () => {
    const elsewhere = join(folder, 'elsewhere')
    await writeFile(elsewhere, 'of somebody else')
    await symlink(elsewhere, `${path}.new`)
    await makeKeyFile(path, systemRandom())
    expect(await readFile(elsewhere, 'utf8')).toBe('of somebody else')
    await writeFile(`${path}.new`, 'half', { mode: 0o644 })
    await makeKeyFile(path, systemRandom())
    expect((await lstat(path)).mode & 0o777).toBe(0o600)
    expect((await lstat(path)).isFile()).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('must not be a pipe, which nobody might ever write into', async () => {
    execFileSync('mkfifo', [path])
    await expect(readKeyFile(path)).rejects.toMatchObject({ code: 'STATE_UNREADABLE', message: expect.stringContaining(path) })
  })

  it('is taken from the eyes of others before it is read', async () => {
    const key = await makeKeyFile(path, systemRandom())
    await chmod(path, 0o644)
    expect(await readKeyFile(path)).toEqual(key)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('must hold a key', async () => {
    for (const text of ['', '\n', 'a'.repeat(63)]) {
      await writeFile(path, text)
      await expect(readKeyFile(path)).rejects.toMatchObject({ code: 'STATE_KEY_INVALID', message: expect.stringContaining(path) })
    }
  })

  it('must be a file', async () => {
    await mkdir(path, { mode: 0o755 })
    await expect(readKeyFile(path)).rejects.toMatchObject({ code: 'STATE_UNREADABLE', message: expect.stringContaining(path) })
    expect((await stat(path)).mode & 0o777).toBe(0o755)
    await expect(makeKeyFile(path, systemRandom())).rejects.toMatchObject({ code: 'STATE_UNREADABLE' })
  })

  it('says when it cannot be made', async () => {
    await expect(makeKeyFile('/proc/state.db.key', systemRandom())).rejects.toMatchObject({ code: 'STATE_UNREADABLE' })
  })
})
