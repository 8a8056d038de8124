import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openShell } from './command.ts'
import { txtAt } from './engine.ts'
import { startLab } from './lab.ts'

const isLong = process.env.DOMAINCTL_LAB_LONG === '1'
const RUNS = isLong ? 200 : 12
/** A run takes some 400 ms: kills fall on every part of it, starting and ending included. */
const LATEST_KILL = 500

test(`${RUNS} runs that are killed at any moment: each name has one order, its certificate, and no TXT`, async () => {
  const lab = await startLab({ pebble: { nonceReject: 0 } })
  onTestFinished(() => lab.stop())
  await using shell = await openShell(lab)
  expect(await shell.domainctl('issue', 'warm-up.example.test')).toMatchObject({ code: 0 })
  for (let run = 0; run < RUNS; run++) {
    const name = `soak${run}.example.test`
    const before = (await lab.requests())['POST /order-plz'] ?? 0
    const { child, finished } = shell.start('issue', name)
    await sleep(Math.round((run / RUNS) * LATEST_KILL))
    child.kill('SIGKILL')
    await finished
    const second = await shell.domainctl('issue', name)
    expect(second, `${name}: ${second.stderr}`).toMatchObject({ code: 0 })
    expect((await lab.requests())['POST /order-plz'] ?? 0, name).toBe(before + 1)
    expect(await txtAt(lab, `_acme-challenge.${name}`), name).toEqual([])
  }
}, 600_000)
