import { once } from 'node:events'
import { systemClock } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { postgresMissing, startPostgres } from '../packages/core/src/store/postgres-server.test.support.ts'
import { openShell } from './command.ts'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

// The clock of a world jumps to the end of long sleeps, and the loop sleeps all the time: leases would run out.
const missing = postgresMissing('18')

// A database that is started, killed and started again takes its time on a busy machine.
describe.skipIf(missing !== null)(
  `run on PostgreSQL${missing ? `, which is not here: ${missing}` : ''}`,
  { timeout: 120_000 },
  () => {
    it('goes on when a database that has crashed is back', async () => {
      await using postgres = await startPostgres('18')
      await using world = await startSandboxWorld()
      const newState = async () => ({ state: await postgres.createDatabase(), encryptionKey: '0f'.repeat(32) })
      await using engine = await openEngine({ ...world, newState }, { runtime: { clock: systemClock() } })
      const stop = new AbortController()
      const ticked = Promise.withResolvers<void>()
      const issued = Promise.withResolvers<string>()
      const running = engine.domainctl.run({
        signal: stop.signal,
        onTick: () => ticked.resolve(),
        onOutcome: ({ name, done }) => done === 'issued' && issued.resolve(name),
      })
      await ticked.promise
      await postgres.stop('immediate')
      await postgres.start()
      await engine.domainctl.add('back.example.test')
      expect(await issued.promise).toBe('back.example.test')
      stop.abort()
      await running
    })

    it('ends with 0 when it is told to stop while another process brings the state up to date', async () => {
      await using postgres = await startPostgres('18')
      const state = await postgres.createDatabase()
      const database = new URL(state).pathname.slice(1)
      const migrating = postgres.query(
        "select pg_advisory_xact_lock(hashtextextended('domainctl schema ', 0)), pg_sleep(600)",
        database,
      )
      migrating.catch(() => undefined)
      const isLocked = () => postgres.query("select 1 from pg_locks where locktype = 'advisory' and granted")
      while ((await isLocked()).rows.length === 0);
      await using shell = await openShell({ env: {}, newState: async () => ({ state, encryptionKey: '0f'.repeat(32) }) })
      for (const [args, code] of [
        [['run'], 0],
        [['run', '--once', '--json'], 130],
      ] as const) {
        const { child, finished } = shell.start(...args)
        if (!child.stdout) throw new Error('no output')
        // It says that it waits.
        await once(child.stdout, 'data')
        child.kill('SIGTERM')
        expect(await finished).toMatchObject({ code, signal: null, stdout: expect.stringContaining('is waited for') })
      }
    })

    it('does each thing once with several on one database', async () => {
      await using postgres = await startPostgres('18')
      await using world = await startSandboxWorld()
      const newState = async () => ({ state: await postgres.createDatabase(), encryptionKey: '0f'.repeat(32) })
      await using engine = await openEngine({ ...world, newState }, { runtime: { clock: systemClock() } })
      const names = Array.from({ length: 12 }, (_, i) => `many${i}.example.test`)
      for (const name of names) await engine.domainctl.add(name)
      const stop = new AbortController()
      const issued: string[] = []
      const failed: string[] = []
      const all = Promise.withResolvers<void>()
      const runs = await Promise.all([engine.again(), engine.again(), engine.again()])
      const before = await world.requests()
      const running = runs.map((one) =>
        one.run({
          signal: stop.signal,
          onOutcome: ({ name, done, error }) => {
            if (error) failed.push(`${name} ${error.code}`)
            if (done === 'issued') issued.push(name)
            if (issued.length >= names.length) all.resolve()
          },
        }),
      )
      await all.promise
      stop.abort()
      await Promise.all(running)
      expect(issued.sort()).toEqual(names.sort())
      expect(failed).toEqual([])
      const after = await world.requests()
      expect((after.newOrder ?? 0) - (before.newOrder ?? 0)).toBe(names.length)
    })
  },
)
