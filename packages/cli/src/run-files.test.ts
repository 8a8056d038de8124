import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLiveFile, replaceText, whenUnwritable } from './run-files.ts'

const AT = new Date('2026-11-22T10:00:00Z')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domainctl-run-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the live file', () => {
  it('says by its time alone that the process lives: that needs no room on the disk', async () => {
    const file = join(folder, 'live')
    await writeFile(file, 'kept')
    const live = await openLiveFile(file)
    await live.touch(AT)
    expect((await stat(file)).mtime).toEqual(AT)
    expect(await readFile(file, 'utf8')).toBe('kept')
  })

  it('comes back when somebody has taken it away', async () => {
    const file = join(folder, 'live')
    const live = await openLiveFile(file)
    await rm(file)
    await live.touch(AT)
    expect((await stat(file)).mtime).toEqual(AT)
    expect((await stat(file)).mode & 0o777).toBe(0o644)
  })
})

describe('a live file that is there already', () => {
  it('keeps its rights: what a link leads to may be a secret', async () => {
    const [secret, file] = [join(folder, 'secret'), join(folder, 'live')]
    await writeFile(secret, 'kept', { mode: 0o600 })
    await symlink(secret, file)
    const live = await openLiveFile(file)
    await live.touch(AT)
    expect((await stat(secret)).mode & 0o777).toBe(0o600)
    expect(await readFile(secret, 'utf8')).toBe('kept')
  })
})

describe('a file that cannot be written', () => {
  it('is told of once, and when it is over', async () => {
    const told: string[] = []
    const written = whenUnwritable((message, { error }) => void told.push(error ? `${message}: ${error}` : message))
    const nowhere = join(folder, 'nowhere', 'metrics.prom')
    for (let i = 0; i < 3; i++) await written(replaceText(nowhere, 'text'))
    expect(told).toEqual([expect.stringContaining('nowhere/metrics.prom cannot be written: ENOENT')])
    for (let i = 0; i < 2; i++) await written(replaceText(join(folder, 'metrics.prom'), 'text'))
    expect(told.slice(1)).toEqual(['it can be written again'])
    expect(await readdir(folder)).toEqual(['metrics.prom'])
  })
})
