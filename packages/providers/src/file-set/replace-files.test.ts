import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { replaceFiles, sweepLeft } from './replace-files.ts'
import { temporaryFolder } from './temporary-folder.test.support.ts'

const set = (generation: string) => [
  { file: 'privkey.pem', content: `key ${generation}`, mode: 0o600 },
  { file: 'cert.pem', content: `cert ${generation}`, mode: 0o644 },
]
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

it('writes the files with their modes into a folder that it makes, whatever the umask', async () => {
  const before = process.umask(0o077)
  try {
    const folder = join(await temporaryFolder(), 'deep', 'tls')
    expect(await replaceFiles(folder, set('1'))).toEqual([join(folder, 'privkey.pem'), join(folder, 'cert.pem')])
    expect(await modeOf(folder)).toBe(0o700)
    expect(await modeOf(join(folder, 'privkey.pem'))).toBe(0o600)
    expect(await modeOf(join(folder, 'cert.pem'))).toBe(0o644)
    expect(await readdir(folder)).toEqual(['cert.pem', 'privkey.pem'])
  } finally {
    process.umask(before)
  }
})

it('replaces files that are open to all or are links, and leaves the folder and the target of the link as they are', async () => {
  const folder = await temporaryFolder()
  await chmod(folder, 0o755)
  const elsewhere = join(folder, 'elsewhere')
  await writeFile(elsewhere, 'precious')
  await symlink(elsewhere, join(folder, 'privkey.pem'))
  await writeFile(join(folder, 'cert.pem'), 'old', { mode: 0o666 })
  await replaceFiles(folder, set('2'))
  expect(await readFile(elsewhere, 'utf8')).toBe('precious')
  expect(await readFile(join(folder, 'privkey.pem'), 'utf8')).toBe('key 2')
  expect(await modeOf(join(folder, 'privkey.pem'))).toBe(0o600)
  expect(await modeOf(join(folder, 'cert.pem'))).toBe(0o644)
  expect(await modeOf(folder)).toBe(0o755)
})

it('puts back what was replaced when a later file cannot be', async () => {
  const folder = await temporaryFolder()
  await replaceFiles(folder, set('1').slice(0, 1))
  await mkdir(join(folder, 'cert.pem'))
  await expect(replaceFiles(folder, set('2'))).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    message: expect.stringContaining('cert.pem'),
  })
  expect(await readFile(join(folder, 'privkey.pem'), 'utf8')).toBe('key 1')
  expect(await readdir(folder)).toEqual(['cert.pem', 'privkey.pem'])
})

it('takes a new file away again when a later one cannot be written', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'cert.pem'))
  await expect(replaceFiles(folder, set('1'))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
  expect(await readdir(folder)).toEqual(['cert.pem'])
})

it('says which path cannot be written', async () => {
  const file = join(await temporaryFolder(), 'file')
  await writeFile(file, '')
  await expect(replaceFiles(join(file, 'tls'), set('1'))).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    message: expect.stringContaining(`${file}/tls`),
  })
  await expect(replaceFiles(file, set('1'))).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    message: `${file} cannot be written: something that is no folder is there (EEXIST).`,
  })
})

it('ends where new folders are refused as if a parent were missing', async () => {
  await expect(replaceFiles('/proc/domainctl/tls', set('1'))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
})

it('sweeps away what a killed call has left beside these files, and nothing else', async () => {
  const folder = await temporaryFolder()
  const left = ['.privkey.pem.0123456789ab.new', '.cert.pem.0123456789ab.old']
  const others = ['.other.pem.0123456789ab.new', '.privkey.pem.new', 'privkey.pem']
  for (const file of [...left, ...others]) await writeFile(join(folder, file), 'a key', { mode: 0o600 })
  await replaceFiles(folder, set('1'))
  // They are too young: another call may be at work.
  expect(await readdir(folder)).toEqual(expect.arrayContaining(left))
  await writeFile(join(folder, 'later'), '')
  await sweepLeft(folder, set('1'), -1)
  expect((await readdir(folder)).sort()).toEqual([...others, 'cert.pem', 'later'].sort())
})
