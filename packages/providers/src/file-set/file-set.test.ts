import { access, chmod, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  age,
  generationOf,
  modeOf,
  placePlainFiles,
  setOf,
  setsIn,
  start,
  surviveKills,
  visible,
} from './file-set.test.support.ts'
import { placePlain, placeSet } from './file-set.ts'
import { keepStanding } from './file-set-standing.ts'
import { temporaryFolder } from './temporary-folder.test.support.ts'

const CURRENT = '.domainctl-set'

it('places the files with their modes in a folder that it makes, whatever the umask; others may go in where the folder lets them', async () => {
  const before = process.umask(0o077)
  try {
    const folder = join(await temporaryFolder(), 'deep', 'tls')
    const { paths, before: kept } = await placeSet(folder, setOf(1))
    expect(paths).toEqual(setOf(1).map(({ file }) => join(folder, file)))
    expect(kept).toBeUndefined()
    expect(await generationOf(folder)).toBe('1')
    expect(await modeOf(folder)).toBe(0o700)
    expect(await modeOf(join(folder, CURRENT))).toBe(0o700)
    expect(await modeOf(join(folder, 'privkey.pem'))).toBe(0o600)
    expect(await modeOf(join(folder, 'cert.pem'))).toBe(0o644)
    await chmod(folder, 0o755)
    await placeSet(folder, setOf(2))
    expect(await modeOf(join(folder, CURRENT))).toBe(0o755)
  } finally {
    process.umask(before)
  }
})

it('goes along when the folder is moved or copied', async () => {
  const folder = await temporaryFolder()
  await placeSet(folder, setOf(1))
  expect(await readlink(join(folder, 'cert.pem'))).toBe(`${CURRENT}/cert.pem`)
  expect(await readlink(join(folder, CURRENT))).toBe((await setsIn(folder))[0])
})

it('keeps the set before, and sweeps away what is older', async () => {
  const folder = await temporaryFolder()
  for (const n of [1, 2, 3]) await placeSet(folder, setOf(n))
  expect(await setsIn(folder)).toHaveLength(3)
  await age(folder)
  await placeSet(folder, setOf(4))
  expect(await setsIn(folder)).toHaveLength(2)
  expect(await generationOf(folder)).toBe('4')
})

it('leaves a young set alone: another export may be about to make it the current one', async () => {
  const folder = await temporaryFolder()
  await placeSet(folder, setOf(1))
  await mkdir(join(folder, `${CURRENT}-0123456789ab`))
  await placeSet(folder, setOf(2))
  await placeSet(folder, setOf(3))
  await access(join(folder, `${CURRENT}-0123456789ab`))
})

it('takes a file that does not belong to an earlier set along, and says where what stood there is now', async () => {
  const folder = await temporaryFolder()
  await placePlainFiles(folder, 'old')
  const elsewhere = join(await temporaryFolder(), 'elsewhere')
  await writeFile(elsewhere, 'precious')
  await rm(join(folder, 'chain.pem'))
  await symlink(elsewhere, join(folder, 'chain.pem'))
  const { before = '' } = await placeSet(folder, setOf(1))
  expect(await generationOf(folder)).toBe('1')
  expect(await readFile(join(before, 'privkey.pem'), 'utf8')).toContain('old')
  expect(await modeOf(join(before, 'privkey.pem'))).toBe(0o600)
  expect(await readFile(join(before, 'chain.pem'), 'utf8')).toBe('precious')
  expect(await readFile(elsewhere, 'utf8')).toBe('precious')
  // Nobody removes it but the one who knows what it is.
  await age(folder)
  expect(await placeSet(folder, setOf(2))).not.toHaveProperty('before')
  await access(join(before, 'privkey.pem'))
})

it('leaves other files of the folder alone', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'dhparams.pem'), 'mine')
  await placeSet(folder, setOf(1))
  expect(await readFile(join(folder, 'dhparams.pem'), 'utf8')).toBe('mine')
  expect(await visible(folder)).toEqual(['cert.pem', 'chain.pem', 'dhparams.pem', 'fullchain.pem', 'privkey.pem'])
})

describe('refuses, and changes nothing, where', () => {
  it.each([
    ['a folder has the name of a file', 'cert.pem', 'is no file'],
    ['something else has the name of the link', CURRENT, 'is not the link'],
  ])('%s', async (_, name, why) => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, name))
    const refused = placeSet(folder, setOf(1))
    await expect(refused).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE', message: expect.stringContaining(why) })
    expect(await readdir(folder)).toEqual([name])
  })

  it('the link leads elsewhere', async () => {
    const folder = await temporaryFolder()
    await symlink('/etc', join(folder, CURRENT))
    await expect(placeSet(folder, setOf(1))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
    expect(await readdir(folder)).toEqual([CURRENT])
  })

  it('a file of the set before would stay behind', async () => {
    const folder = await temporaryFolder()
    const store = { file: 'keystore.p12', content: new Uint8Array([1]), mode: 0o600 }
    await placeSet(folder, [...setOf(1), store])
    await expect(placeSet(folder, setOf(2))).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringContaining('keystore.p12'),
    })
    expect(await generationOf(folder)).toBe('1')
    expect(await setsIn(folder)).toHaveLength(1)
    await rm(join(folder, store.file))
    await placeSet(folder, setOf(2))
    expect(await generationOf(folder)).toBe('2')
  })

  it('the path is no folder', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    await expect(placeSet(file, setOf(1))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
    await expect(placeSet(join(file, 'tls'), setOf(1))).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' })
  })
})

it('leaves nothing behind of what it could not keep', async () => {
  const folder = await temporaryFolder()
  // As one that has gone since it was seen.
  const standing = { files: [{ file: 'cert.pem', isOurs: false, inode: 1 }] }
  await expect(keepStanding(folder, '.domainctl-before-0123456789ab', standing)).rejects.toMatchObject({
    code: 'OUTPUT_UNWRITABLE',
    message: expect.stringContaining(join(folder, 'cert.pem')),
  })
  expect(await readdir(folder)).toEqual([])
})

it('as plain files takes the place of the links, and back', async () => {
  const folder = await temporaryFolder()
  await placeSet(folder, setOf(1))
  await placePlain(folder, setOf(2))
  expect(await readdir(folder)).toEqual(['cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem'])
  expect((await lstat(join(folder, 'privkey.pem'))).isFile()).toBe(true)
  expect(await generationOf(folder)).toBe('2')
  await placeSet(folder, setOf(3))
  expect(await generationOf(folder)).toBe('3')
})

it('of many at once, one counts as a whole, also where plain files stood', async () => {
  const folder = await temporaryFolder()
  await placePlainFiles(folder, 'old')
  const numbers = Array.from({ length: 12 }, (_, n) => n)
  await Promise.all(numbers.map((n) => placeSet(folder, setOf(n))))
  expect(numbers.map(String)).toContain(await generationOf(folder))
})

it('whoever resolves the folder once reads no mixed set, and finds each file at any time', { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder()
  await placeSet(folder, setOf('first'))
  const { child, said } = await start('read', folder)
  for (let n = 0; n < 100; n++) await placeSet(folder, setOf(n))
  child.stdin.end()
  const { generations, mixed } = JSON.parse((await said).trim().split('\n').at(-1) ?? '')
  expect(mixed).toEqual([])
  expect(generations).toBeGreaterThan(5)
})

it('is whole after SIGKILL at any moment, and the next one clears up', { timeout: 120_000 }, () => surviveKills(6))
