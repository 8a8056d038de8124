import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Logger } from '../contracts/runtime.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME } from '../testing/model-samples.ts'
import { checkFileSystem, readStatePath } from './file-system.ts'
import { openSqliteStore } from './open.ts'

const NFS = 0x6969
const CIFS = 0xff534d42
const FUSE = 0x65735546
const EXT4 = 0xef53

describe('the file system of a state', () => {
  const told: unknown[] = []
  const logger: Logger = { log: (level, _, fields) => void told.push([level, fields]) }
  afterEach(() => void told.splice(0))
  const look = (type: number, o: { allowsNetwork?: boolean; readOnly?: boolean; platform?: NodeJS.Platform } = {}) =>
    checkFileSystem('/srv/state.db', { platform: 'linux', logger, fileSystemOf: () => type, ...o })

  it.each([
    [NFS, 'NFS'],
    [CIFS, 'CIFS'],
    // As a machine of 32 bits has it.
    [CIFS | 0, 'CIFS'],
    [0x00c36400, 'Ceph'],
    [0x0bd00bd0, 'Lustre'],
  ])('%i is refused: %s', (type, kind) => {
    expect(() => look(type)).toThrow(
      expect.objectContaining({
        code: 'STATE_UNREADABLE',
        message: expect.stringContaining(`/srv/state.db is on a network file system (${kind})`),
        hint: expect.stringContaining('file:/srv/state.db?network=allow'),
      }),
    )
    expect(told).toEqual([])
  })

  it('of a network is told to those who only look, and to nobody where it was allowed', () => {
    look(NFS, { readOnly: true })
    expect(told).toEqual([['warn', { state: '/srv/state.db', fileSystem: 'NFS' }]])
    told.splice(0)
    look(NFS, { allowsNetwork: true })
    expect(told).toEqual([])
  })

  it.each([
    [FUSE, 'FUSE'],
    [0x01021997, '9p'],
    [0x12345, 'of an unknown kind (0x12345)'],
  ])('%i may be of a network, which is told: %s', (type, fileSystem) => {
    look(type)
    expect(told).toEqual([['warn', { state: '/srv/state.db', fileSystem }]])
  })

  it('of one machine is nothing to speak of, and neither is one whose numbers are not known', () => {
    look(EXT4)
    for (const platform of ['darwin', 'win32', 'freebsd'] as const) look(NFS, { platform })
    expect(told).toEqual([])
  })

  it('is asked of the nearest folder that is there', () => {
    const asked: string[] = []
    const fileSystemOf = (path: string) => {
      asked.push(path)
      if (path !== '/srv') throw new Error('not there')
      return NFS
    }
    expect(() => checkFileSystem('/srv/new/state.db', { platform: 'linux', fileSystemOf })).toThrow('NFS')
    expect(asked).toEqual(['/srv/new/state.db', '/srv/new', '/srv'])
  })

  it('can be allowed behind the path', () => {
    expect(readStatePath('/srv/state.db?network=allow')).toEqual({ path: '/srv/state.db', allowsNetwork: true })
    expect(readStatePath('/srv/what?.db')).toEqual({ path: '/srv/what?.db', allowsNetwork: false })
  })

  describe.runIf(process.platform === 'linux')('of a store', () => {
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
      onTestFinished(() => rm(folder, { recursive: true }))
    })

    it('is looked at before anything is made there', async () => {
      const parts = { clock: manualClock(SAMPLE_TIME), random: systemRandom(), fileSystemOf: () => NFS }
      const path = join(folder, 'new', 'state.db')
      await expect(openSqliteStore(path, parts)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' })
      expect(await readdir(folder)).toEqual([])
      await (await openSqliteStore(`${path}?network=allow`, parts)).close()
      expect(await readdir(join(folder, 'new'))).toEqual(['state.db', 'state.db.key'])
      await (await openSqliteStore(path, { ...parts, readOnly: true })).close()
    })
  })
})
