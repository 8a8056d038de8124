import { execFileSync } from 'node:child_process'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../command.test.support.ts'
import { foldersBelow, openFolder } from './folder.ts'

it('follows links inside of the folder alone', async () => {
  const other = await temporaryFolder()
  await writeFile(join(other, 'secret'), 'of somebody else')
  const root = await temporaryFolder()
  await mkdir(join(root, 'archive'))
  await writeFile(join(root, 'archive', 'key1.pem'), 'ours')
  await symlink('archive/key1.pem', join(root, 'key.pem'))
  await symlink(join(other, 'secret'), join(root, 'out.pem'))
  await symlink(other, join(root, 'folder'))
  await symlink('b', join(root, 'a'))
  await symlink('a', join(root, 'b'))
  await symlink('.', join(root, 'loop'))
  const folder = await openFolder(root)
  expect(await folder.text('key.pem')).toBe('ours')
  expect(await folder.text('loop', 'loop', 'key.pem')).toBe('ours')
  await expect(folder.text('out.pem')).rejects.toThrow('is a link that leads out of')
  await expect(folder.text('folder', 'secret')).rejects.toThrow('is a link that leads out of')
  await expect(folder.text('..', 'x')).resolves.toBeNull()
  await expect(folder.text('a')).rejects.toThrow('in a circle')
  expect(await folder.names('folder')).toEqual([])
  expect(await folder.kind('folder')).toBeNull()
  expect(await folder.text('absent')).toBeNull()
})

it('looks into each folder once, however many links lead around in circles', async () => {
  const root = await temporaryFolder()
  await mkdir(join(root, 'top', 'a', 'b', 'c'), { recursive: true })
  // Eight levels of them would be twelve to the eighth ways.
  for (let n = 0; n < 12; n++) await symlink(n % 2 === 0 ? '.' : '../../top', join(root, 'top', 'a', `loop${n}`))
  await symlink('/etc', join(root, 'top', 'out'))
  const folder = await openFolder(root)
  const below = async (top: string, deepest: number) => {
    const found: string[] = []
    for await (const parts of foldersBelow(folder, top, deepest)) found.push(parts.join('/'))
    return found
  }
  expect(await below('top', 8)).toEqual(['a', 'a/b', 'a/b/c'])
  expect(await below('top', 2)).toEqual(['a', 'a/b'])
  expect(await below('absent', 8)).toEqual([])
})

it('opens neither pipes nor what is too large, and tells a key that everybody can read', async () => {
  const root = await temporaryFolder()
  const folder = await openFolder(root)
  execFileSync('mkfifo', [join(root, 'pipe')])
  await expect(folder.text('pipe')).rejects.toThrow('is no file')
  await writeFile(join(root, 'large'), 'x'.repeat(100_000))
  await expect(folder.text('large')).rejects.toThrow('larger than 64 KiB')
  await writeFile(join(root, 'key'), 'x', { mode: 0o644 })
  // The folder of the test is its user's alone.
  expect(await folder.isOpenToAll('key')).toBe(false)
  await chmod(root, 0o755)
  expect(await folder.isOpenToAll('key')).toBe(true)
  await chmod(join(root, 'key'), 0o600)
  expect(await folder.isOpenToAll('key')).toBe(false)
})

it.each([['absent'], ['file']])('says why a folder cannot be opened (%s)', async (name) => {
  const root = await temporaryFolder()
  await writeFile(join(root, 'file'), '')
  await expect(openFolder(join(root, name))).rejects.toMatchObject({ code: 'USAGE' })
})
