import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@domainctl/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../packages/core/src/runtime/random.ts'
import { openPostgresStore } from '../packages/core/src/store/open-postgres.ts'
import {
  NOBODY,
  type PostgresServer,
  postgresMissing,
  startPostgres,
} from '../packages/core/src/store/postgres-server.test.support.ts'
import { sampleDomain, sampleEvent } from '../packages/core/src/testing/model-samples.ts'
import { runTool } from './tool.ts'

const SIZE = 24 * 1024 * 1024
/** Mounting needs root; so does the namespace of the lab, but there it may be a root of users alone. */
const missing = postgresMissing('18') ?? (process.getuid?.() === 0 ? null : 'only root can make a small file system')

describe.skipIf(missing !== null)('a database on a small disk', () => {
  const resources = new AsyncDisposableStack()
  let server: PostgresServer
  let disk: string
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'disk-'))
    resources.defer(() => rm(folder, { recursive: true }))
    await chown(folder, NOBODY, NOBODY)
    disk = join(folder, 'disk')
    await mkdir(disk)
    const mounted = await runTool([
      'mount',
      '-t',
      'tmpfs',
      '-o',
      `size=${SIZE},mode=700,uid=${NOBODY},gid=${NOBODY}`,
      'tmpfs',
      disk,
    ])
    if (mounted.code !== 0) throw new Error(mounted.stderr)
    resources.defer(async () => {
      await runTool(['umount', disk])
    })
    server = resources.use(await startPostgres('18'))
    await mkdir(join(disk, 'space'))
    await chown(join(disk, 'space'), NOBODY, NOBODY)
    await server.query(`create tablespace small location '${join(disk, 'space')}'`)
    await server.query('create database small template template0 tablespace small')
  })
  afterAll(() => resources.disposeAsync())

  it('says that it is full, has nothing of what did not fit, and goes on once there is room', { timeout: 120_000 }, async () => {
    const store = await openPostgresStore(server.url('small'), {
      key: '0f'.repeat(32),
      clock: systemClock(),
      random: systemRandom(),
    })
    resources.defer(() => store.close())
    // All but what a few domains need.
    const ballast = join(disk, 'ballast')
    const free = Number((await runTool(['df', '--output=avail', '-B1', disk])).stdout.split('\n')[1])
    await writeFile(ballast, Buffer.alloc(free - 512 * 1024))
    const long = 'x'.repeat(10_000)
    let added = 0
    let error: unknown
    for (; error === undefined && added < 1_000; added += 1) {
      const message = `${long}${added}`
      error = await store
        .addDomain(sampleDomain({ name: `${added}.example` }), [sampleEvent('thing.done', { message: scrambled(message) })])
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
    }
    expect(error).toMatchObject({ code: 'STATE_FULL', hint: expect.stringContaining('Free some room') })
    const there = added - 1
    expect(await store.history({ limit: 2_000 })).toHaveLength(there)

    await rm(ballast)
    await store.addDomain(sampleDomain({ name: 'later.example' }), [sampleEvent('thing.done')])
    expect(await store.history({ limit: 2_000 })).toHaveLength(there + 1)
  })
})

/** What does not shrink: PostgreSQL compresses long values. */
function scrambled(text: string): string {
  return Buffer.from(systemRandom().bytes(text.length)).toString('base64')
}
