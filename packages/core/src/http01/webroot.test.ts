import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { HttpChallenge } from '../domain/http-challenge.ts'
import { sampleDomain, sampleHttpChallenge } from '../testing/model-samples.ts'
import { createWebroot } from './webroot.ts'

const WELL_KNOWN = '.well-known/acme-challenge'
const CANNOT = (message: RegExp) => ({ code: 'HTTP_CHALLENGE_CANNOT_SERVE', message: expect.stringMatching(message) })

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'domainctl-webroot-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

async function planned(webroot: ReturnType<typeof createWebroot>, token = 'token-1'): Promise<HttpChallenge> {
  return sampleHttpChallenge(sampleDomain(), { token, keyAuthorization: `${token}.thumbprint`, ...(await webroot.plan(token)) })
}

describe('a webroot', () => {
  it('gets the answer as a file that web servers can read, and is as it was afterwards', async () => {
    const root = await folder()
    const webroot = createWebroot(root)
    const before = process.umask(0o077)
    onTestFinished(() => void process.umask(before))
    const challenge = await planned(webroot)
    expect(challenge.folders).toEqual([join(root, '.well-known'), join(root, WELL_KNOWN)])
    expect(await readdir(root)).toEqual([])
    await webroot.write(challenge)
    await webroot.write(challenge)
    const file = join(root, WELL_KNOWN, 'token-1')
    expect(challenge.file).toBe(file)
    expect(await readFile(file, 'utf8')).toBe('token-1.thumbprint')
    expect((await stat(file)).mode & 0o777).toBe(0o644)
    expect((await stat(join(root, WELL_KNOWN))).mode & 0o777).toBe(0o755)
    await webroot.remove(challenge)
    await webroot.remove(challenge)
    expect(await readdir(root)).toEqual([])
  })

  it('keeps what others have there', async () => {
    const root = await folder()
    await mkdir(join(root, '.well-known'))
    const webroot = createWebroot(root)
    const challenge = await planned(webroot)
    await webroot.write(challenge)
    await writeFile(join(root, WELL_KNOWN, 'of-another-client'), 'x')
    await webroot.remove(challenge)
    expect(await readdir(join(root, WELL_KNOWN))).toEqual(['of-another-client'])
    await rm(join(root, WELL_KNOWN, 'of-another-client'))
    await webroot.remove(challenge)
    expect(await readdir(root)).toEqual(['.well-known'])
  })

  it('loses its folders with the last of many orders at the same time, whichever that is', async () => {
    const root = await folder()
    const webroot = createWebroot(root)
    const tokens = Array.from({ length: 20 }, (_, n) => `token-${n}`)
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        tokens.map(async (token) => {
          const challenge = await planned(webroot, token)
          await webroot.write(challenge)
          expect(await readFile(challenge.file ?? '', 'utf8')).toBe(challenge.keyAuthorization)
          await webroot.remove(challenge)
        }),
      )
      expect(await readdir(root)).toEqual([])
    }
  })

  it('is cleaned up after orders of a process that was killed, one after the other', async () => {
    const root = await folder()
    const killed = createWebroot(root)
    const first = await planned(killed)
    await killed.write(first)
    const second = await planned(killed, 'token-2')
    await killed.write(second)
    await writeFile(`${second.file}.domainctl`, 'half')
    const next = createWebroot(root)
    await next.remove(first)
    await next.remove(second)
    expect(await readdir(root)).toEqual([])
  })

  it('refuses links in its way, and writes nothing behind them', async () => {
    const [root, elsewhere] = [await folder(), await folder()]
    const webroot = createWebroot(root)
    const challenge = await planned(webroot)
    await symlink(elsewhere, join(root, '.well-known'))
    await expect(webroot.plan('token-1')).rejects.toMatchObject(CANNOT(/symbolic link/))
    await expect(webroot.write(challenge)).rejects.toMatchObject(CANNOT(/symbolic link/))
    expect(await readdir(elsewhere)).toEqual([])
    // What is taken away behind a link would be somebody else's.
    await mkdir(join(elsewhere, 'acme-challenge'))
    await writeFile(join(elsewhere, 'acme-challenge', 'token-1'), 'not ours')
    await webroot.remove(challenge)
    expect(await readdir(join(elsewhere, 'acme-challenge'))).toEqual(['token-1'])
  })

  it('replaces a link at the place of the file, and leaves alone what that led to', async () => {
    const [root, elsewhere] = [await folder(), await folder()]
    const webroot = createWebroot(root)
    await mkdir(join(root, WELL_KNOWN), { recursive: true })
    await writeFile(join(elsewhere, 'precious'), 'as it was')
    for (const at of ['token-1', 'token-1.domainctl']) await symlink(join(elsewhere, 'precious'), join(root, WELL_KNOWN, at))
    const challenge = await planned(webroot)
    await webroot.write(challenge)
    expect((await lstat(challenge.file ?? '')).isFile()).toBe(true)
    expect(await readFile(join(elsewhere, 'precious'), 'utf8')).toBe('as it was')
  })

  it('may be a link itself', async () => {
    const [root, site] = [await folder(), await folder()]
    await symlink(site, join(root, 'current'))
    const webroot = createWebroot(join(root, 'current'))
    const challenge = await planned(webroot)
    await webroot.write(challenge)
    expect(await readdir(join(site, WELL_KNOWN))).toEqual(['token-1'])
  })

  it.each([
    ['is not there', async (root: string) => join(root, 'gone'), /no such folder \(ENOENT\)/],
    ['has a file in the way', async (root: string) => writeFile(join(root, '.well-known'), '').then(() => root), /is no folder/],
  ])('that %s is refused before anything is asked', async (_, make, message) => {
    await expect(createWebroot(await make(await folder())).plan('token-1')).rejects.toMatchObject(CANNOT(message))
  })

  // Nothing is unwritable for root.
  it.skipIf(process.getuid?.() === 0)('that cannot be written is refused before anything is asked', async () => {
    const root = await folder()
    await chmod(root, 0o555)
    await expect(createWebroot(root).plan('token-1')).rejects.toMatchObject(CANNOT(/cannot be written \(EACCES\)/))
  })

  it('that is none makes no files', async () => {
    const webroot = createWebroot(undefined)
    const challenge = await planned(webroot)
    expect(challenge).toMatchObject({ folders: [] })
    expect(challenge).not.toHaveProperty('file')
    await webroot.write(challenge)
    await webroot.remove(challenge)
  })
})
