import { inParallel } from '@domainctl/core'
import { expect, test } from 'vitest'
import { openEngine } from '../lifecycle/engine.ts'
import { runCell } from './fault-matrix/cell.ts'
import { FAULTS, type FaultName, REQUESTS } from './fault-matrix/faults.ts'
import { type PrintedRow, printMatrix } from './fault-matrix/print.ts'
import { expectedOf, MATRIX } from './fault-matrix/table.ts'
import { startLabWorld } from './world.ts'

const isLong = process.env.DOMAINCTL_LAB_LONG === '1'

/** Cells at a time: most of one is waiting for name servers. */
const WIDTH = 4

/** One fault of each class. */
const SHORT: readonly FaultName[] = [
  'limitedUntil',
  'html',
  'resetAfter',
  'cutOff',
  'badNonce',
  'noAccount',
  'caa',
  'alreadyReplaced',
  'processing',
  'otherKey',
  'noIntermediate',
]

const rows = isLong ? MATRIX : MATRIX.filter(({ fault }) => SHORT.includes(fault))
const forms = isLong ? (['first', 'each'] as const) : (['first'] as const)

test('every fault at every request of an order: issued, tried again at the right time, or refused with a reason', {
  timeout: 1_500_000,
}, async () => {
  await using world = await startLabWorld({ pebble: { nonceReject: 0 }, validateAtPrimary: true })
  async function chainOf([name = '', ...san]: readonly string[]): Promise<string> {
    await using engine = await openEngine(world)
    await engine.domainctl.issue(name, { san })
    return (await engine.domainctl.export(name)).fullchain
  }

  const printed: PrintedRow[] = rows.map((row) => ({ row, outcomes: {} }))
  const cells = printed.flatMap(({ row, outcomes: shown }, r) =>
    REQUESTS.flatMap((request, c) =>
      forms.flatMap((when) => {
        const expected = expectedOf(row, request, when)
        const cell = { request, when, name: `f${r}-${c}-${when}.example.test`, fault: FAULTS[row.fault] }
        return expected ? [{ cell, expected, shown }] : []
      }),
    ),
  )
  const unexpected: string[] = []
  await inParallel(cells, WIDTH, async ({ cell, expected, shown }) => {
    const { outcome, said, orders, faults } = await runCell(world, chainOf, cell)
    shown[`${cell.request} ${cell.when}`] = outcome
    const wrong = [
      ...(outcome === expected.outcome ? [] : [`${outcome} in place of ${expected.outcome} (${said})`]),
      ...(orders === expected.orders ? [] : [`${orders} orders in place of ${expected.orders}`]),
      ...faults,
    ]
    if (wrong.length > 0) unexpected.push(`${cell.fault.title} at ${cell.request} (${cell.when}): ${wrong.join('; ')}`)
  })
  process.stdout.write(`\n${printMatrix(printed)}\n\n${cells.length} cells, ${unexpected.length} of them unexpected\n\n`)
  expect(unexpected).toEqual([])
})
