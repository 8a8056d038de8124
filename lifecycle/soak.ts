import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openShell } from './command.ts'
import { txtAt } from './lookup.ts'
import type { Suite } from './suite.ts'

/** A run takes some 400 ms: kills fall on every part of it, starting and ending included. */
const LATEST_KILL = 500

/** The command, killed so many times, each time a little later. The CA refuses no nonce. */
export function soak(runs: number): Suite {
  return (world) => {
    test(`${runs} runs that are killed at any moment: each name has one order, its certificate, and no TXT`, {
      timeout: 600_000,
    }, async () => {
      await using shell = await openShell(world())
      expect(await shell.domainctl('issue', 'warm-up.example.test')).toMatchObject({ code: 0 })
      for (let run = 0; run < runs; run++) {
        const name = `soak${run}.example.test`
        const before = (await world().requests()).newOrder ?? 0
        const { child, finished } = shell.start('issue', name)
        await sleep(Math.round((run / runs) * LATEST_KILL))
        child.kill('SIGKILL')
        await finished
        const second = await shell.domainctl('issue', name)
        expect(second, `${name}: ${second.stderr}`).toMatchObject({ code: 0 })
        expect((await world().requests()).newOrder ?? 0, name).toBe(before + 1)
        expect(await txtAt(world(), `_acme-challenge.${name}`), name).toEqual([])
      }
    })
  }
}
