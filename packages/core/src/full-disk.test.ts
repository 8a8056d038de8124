import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const CHILD = fileURLToPath(new URL('full-disk.test.child.ts', import.meta.url))
/** A disk of its own, which only the process that follows sees, and which is gone with it. */
const MOUNTED = 'disk=$1 size=$2; shift 2; mount -t tmpfs -o size="$size" tmpfs "$disk" && exec "$@"'

/** Whether this user may mount something where nobody else sees it. */
function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' })
    return process.getuid?.() === 0
  } catch {
    return false
  }
}

describe.runIf(mayMount())('a disk that is full', { timeout: 60_000 }, () => {
  let folder: string
  let disk: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-full-'))
    disk = join(folder, 'disk')
    await mkdir(disk)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  async function on(size: string, verb: string): Promise<unknown> {
    const args = ['-m', 'sh', '-c', MOUNTED, 'sh', disk, size, process.execPath, CHILD, verb, disk, folder]
    const { stdout } = await promisify(execFile)('unshare', args)
    return JSON.parse(stdout)
  }

  it('while the state is used loses nothing of what was committed, and all of it can be read', async () => {
    expect(await on('2m', 'fill')).toEqual({ code: 'STATE_FULL', some: true, readable: true, kept: true })
  })

  it('while the backup before a migration is made leaves the state in its version, with nothing beside it', async () => {
    expect(await on('3m', 'migrate')).toEqual({ code: 'STATE_FULL', version: 5, names: ['filler', 'state.db'] })
  })

  it('while a backup is made leaves nothing of it', async () => {
    expect(await on('512k', 'backup')).toEqual({ code: 'STATE_FULL', names: [] })
  })

  it('before a state is made makes no key for one', async () => {
    expect(await on('64k', 'make')).toEqual({ code: 'STATE_FULL', key: false })
  })
})
