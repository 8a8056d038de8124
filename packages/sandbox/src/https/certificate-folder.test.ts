import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MOST_SUBFOLDERS } from './certificate-folder.ts'
import { handshake } from './handshake.ts'
import { authority, certificateFor, type Files, startServer, temporaryFolder } from './https.test.support.ts'

const NAME = 'shop.example.test'
const roots = authority.root

function write(folder: string, { fullchain, privateKey }: Partial<Files>): void {
  mkdirSync(folder, { recursive: true })
  if (fullchain !== undefined) writeFileSync(join(folder, 'fullchain.pem'), fullchain)
  if (privateKey !== undefined) writeFileSync(join(folder, 'privkey.pem'), privateKey)
}

/** The serial that is served, or null. */
async function served({ endpoint }: { endpoint: string }, name = NAME): Promise<string | null> {
  const seen = await handshake({ endpoint, name, roots }).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes('no certificate for this name')) return null
    throw error
  })
  return seen?.serial ?? null
}

describe('a folder of certificates', () => {
  it('does not serve what `domainctl export` has hidden in it', async () => {
    const folder = temporaryFolder()
    const [current, hidden] = [await certificateFor([NAME]), await certificateFor(['b.example.test'])]
    write(join(folder, '.domainctl-set-0123456789ab'), current)
    write(join(folder, '.domainctl-set-ba9876543210'), hidden)
    symlinkSync('.domainctl-set-0123456789ab', join(folder, '.domainctl-set'))
    for (const file of ['fullchain.pem', 'privkey.pem']) symlinkSync(`.domainctl-set/${file}`, join(folder, file))
    const server = await startServer(folder)
    expect(await served(server)).toBe(current.serial)
    expect(await served(server, 'b.example.test')).toBeNull()
  })

  it('is served: the pair in it, and those in its direct subfolders', async () => {
    const folder = temporaryFolder()
    const [own, below, deep] = [
      await certificateFor([NAME]),
      await certificateFor(['b.example.test']),
      await certificateFor(['c.example.test']),
    ]
    write(folder, own)
    write(join(folder, 'b'), below)
    write(join(folder, 'b', 'c'), deep)
    const server = await startServer(folder)
    expect(await served(server)).toBe(own.serial)
    expect(await served(server, 'b.example.test')).toBe(below.serial)
    expect(await served(server, 'c.example.test')).toBeNull()
  })

  it('may come later, change and go', async () => {
    const folder = join(temporaryFolder(), 'later')
    const server = await startServer(folder)
    expect(await served(server)).toBeNull()
    const [first, second] = [await certificateFor([NAME, 'old.example.test']), await certificateFor([NAME])]
    write(folder, first)
    expect(await served(server)).toBe(first.serial)
    expect(await served(server, 'old.example.test')).toBe(first.serial)
    write(folder, second)
    expect(await served(server)).toBe(second.serial)
    expect(await served(server, 'old.example.test')).toBeNull()
    rmSync(folder, { recursive: true })
    expect(await served(server)).toBeNull()
  })

  it('may be put in place by renaming, and by symbolic links', async () => {
    const base = temporaryFolder()
    const folder = join(base, 'served')
    mkdirSync(folder)
    const server = await startServer(folder)
    const [first, second] = [await certificateFor([NAME]), await certificateFor([NAME])]
    write(join(base, 'v1'), first)
    write(join(base, 'v2'), second)
    symlinkSync(join(base, 'v1'), join(folder, 'shop'))
    expect(await served(server)).toBe(first.serial)
    symlinkSync(join(base, 'v2'), join(folder, 'next'))
    renameSync(join(folder, 'next'), join(folder, 'shop'))
    expect(await served(server)).toBe(second.serial)
  })

  it('keeps the last good pair while the next one is half written or does not fit', async () => {
    const folder = temporaryFolder()
    const [first, second] = [await certificateFor([NAME]), await certificateFor([NAME])]
    write(folder, first)
    const server = await startServer(folder)
    for (const half of [
      { fullchain: second.fullchain },
      { fullchain: second.fullchain.slice(0, 300) },
      { fullchain: '' },
      { fullchain: first.fullchain, privateKey: 'garbage' },
      { privateKey: second.privateKey },
      { privateKey: 'x'.repeat(1_000_001) },
    ]) {
      write(folder, half)
      expect(await served(server)).toBe(first.serial)
    }
    rmSync(join(folder, 'privkey.pem'))
    expect(await served(server)).toBe(first.serial)
    write(folder, second)
    expect(await served(server)).toBe(second.serial)
  })

  it('holds anything without harm', async () => {
    const folder = temporaryFolder()
    const good = await certificateFor([NAME])
    write(join(folder, 'good'), good)
    write(join(folder, 'empty'), { fullchain: '', privateKey: '' })
    mkdirSync(join(folder, 'folders', 'fullchain.pem'), { recursive: true })
    mkdirSync(join(folder, 'folders', 'privkey.pem'))
    symlinkSync('loop', join(folder, 'loop'))
    symlinkSync(join(folder, 'nowhere'), join(folder, 'fullchain.pem'))
    writeFileSync(join(folder, 'privkey.pem'), Buffer.from([0xff, 0, 0x80]))
    write(join(folder, 'locked'), await certificateFor(['locked.example.test']))
    chmodSync(join(folder, 'locked'), 0)
    const server = await startServer(folder)
    expect(await served(server)).toBe(good.serial)
    chmodSync(join(folder, 'locked'), 0o700)
    expect(await served(server, 'locked.example.test')).not.toBeNull()
    writeFileSync(`${folder}.file`, '')
    const none = await startServer(`${folder}.file`)
    rmSync(`${folder}.file`)
    expect(await served(none)).toBeNull()
  })

  it('may have any number of subfolders, of which the first by name are looked at', async () => {
    const folder = temporaryFolder()
    const [first, last, own] = [
      await certificateFor(['a.example.test']),
      await certificateFor(['z.example.test']),
      await certificateFor([NAME]),
    ]
    for (let index = 1; index < MOST_SUBFOLDERS; index++) mkdirSync(join(folder, `m${index}`))
    write(join(folder, 'z'), last)
    const server = await startServer(folder)
    expect(await served(server, 'z.example.test')).toBe(last.serial)
    write(join(folder, 'a'), first)
    write(folder, own)
    expect(await served(server, 'a.example.test')).toBe(first.serial)
    expect(await served(server, 'z.example.test')).toBeNull()
    expect(await served(server)).toBe(own.serial)
  })

  it('serves of several for one name the one that was written last, and the other when that goes', async () => {
    const folder = temporaryFolder()
    const [older, newer] = [await certificateFor([NAME]), await certificateFor([NAME])]
    write(join(folder, 'a'), newer)
    write(join(folder, 'b'), older)
    for (const file of ['fullchain.pem', 'privkey.pem']) utimesSync(join(folder, 'b', file), 1_000_000, 1_000_000)
    const server = await startServer(folder)
    expect(await served(server)).toBe(newer.serial)
    rmSync(join(folder, 'a'), { recursive: true })
    expect(await served(server)).toBe(older.serial)
  })

  it('gives way to what is installed later, and takes over again when it changes', async () => {
    const folder = temporaryFolder()
    const [first, installed, last] = [await certificateFor([NAME]), await certificateFor([NAME]), await certificateFor([NAME])]
    write(folder, first)
    const server = await startServer(folder)
    server.install(installed)
    expect(await served(server)).toBe(installed.serial)
    write(folder, last)
    expect(await served(server)).toBe(last.serial)
    rmSync(join(folder, 'fullchain.pem'))
    rmSync(join(folder, 'privkey.pem'))
    expect(await served(server)).toBe(installed.serial)
  })
})
