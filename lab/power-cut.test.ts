import { describe, expect, test } from 'vitest'
import { startSandboxWorld } from '../lifecycle/sandbox-world.ts'
import { seeded } from '../lifecycle/seeded.ts'
import type { DiskModel } from './power-cut/disk.ts'
import { factsIn } from './power-cut/facts.ts'
import { judgeBackup, judgeCopy, judgeFiles, judgeGivenKey, judgeOwnKey, judgeState } from './power-cut/judges.ts'
import { type Operation, operationsAt } from './power-cut/operations.ts'
import { inModel, inReality } from './power-cut/real-folder.ts'
import { record } from './power-cut/record.ts'
import { type Judge, type ReplayOptions, replay } from './power-cut/replay.ts'

const LONG = process.env.DOMAINCTL_LAB_LONG === '1'
/** How many power cuts are tried on each run: of those that open a state, and of those that only look at files. */
const CUTS = LONG ? 1_500 : 150
const CUTS_OF_FILES = LONG ? 20_000 : 3_000
const EVERY_OPERATION = { most: Number.POSITIVE_INFINITY, atAPoint: LONG ? 8 : 2 }
const SEED = Number(process.env.DOMAINCTL_SOAK_SEED ?? 7)
const MODELS = ['posix', 'journaled'] as const satisfies DiskModel[]
const STATE = '.domainctl/state.db'
const KEY = '5e'.repeat(32)
const PEM = ['privkey.pem', 'cert.pem', 'chain.pem', 'fullchain.pem']
const TIMEOUT = 3_600_000

type Extent = Pick<ReplayOptions, 'most' | 'atAPoint'>

/** Nothing is wrong after any power cut, on a disk of either kind; tells what was tried. */
async function expectNoFault(what: string, operations: readonly Operation[], judge: Judge, extent: Extent): Promise<void> {
  for (const model of MODELS) {
    const { faults, points, states } = await replay(operations, { ...extent, model, judge, chances: seeded(SEED) })
    const figures = `${operations.length} operations, ${factsIn(operations).length} facts, ${points} points, ${states} disks`
    process.stdout.write(`${what}, ${model}: ${figures}, ${faults.length} faults\n`)
    expect(faults.slice(0, 3), `${what}, seed ${SEED}: ${faults.length} faults`).toEqual([])
  }
}

/** Had the program not made these syncs, it would have been found out. */
async function expectFaultWithout(
  is: (path: string, line: number) => boolean,
  operations: readonly Operation[],
  judge: Judge,
  extent: Extent,
) {
  const worse = operations.filter((one) => !(one.kind === 'sync' && is(one.path, one.begun)))
  expect(worse.length, 'there is no such sync').toBeLessThan(operations.length)
  await expectFault(worse, judge, extent)
}

async function expectFault(operations: readonly Operation[], judge: Judge, extent: Extent): Promise<void> {
  const { faults } = await replay(operations, { ...extent, model: 'posix', judge, chances: seeded(SEED), stopAt: 1 })
  expect(faults.length).toBeGreaterThan(0)
}

describe('after a power cut at any moment', () => {
  test('of the making of a state, it is there with all that was said, or the next command makes it', {
    timeout: TIMEOUT,
  }, async () => {
    await using run = await record(`writer ${STATE} a 1`)
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    const judge = judgeState(STATE)
    await expectNoFault('a new state', run.operations, judge, EVERY_OPERATION)
    await expectFaultWithout((path) => path.endsWith('.key.new'), run.operations, judge, { most: 2 * CUTS })
    await expectFaultWithout((path) => path.endsWith('-wal'), run.operations, judge, { most: 2 * CUTS })
    await expectFaultWithout((path) => path === '.domainctl', run.operations, judge, { most: 2 * CUTS })
    await expectFaultWithout((path) => path === '', run.operations, judge, { most: 2 * CUTS })
  })

  test.each([
    [
      'whose key is given',
      `writer deep/${STATE} a 2 ${KEY}; writer deep/${STATE} b 2 ${KEY}`,
      judgeState(`deep/${STATE}`, { key: KEY }),
    ],
    [
      'whose key file somebody has just made',
      `umask 077; mkdir .domainctl; echo ${KEY} > ${STATE}.key; writer ${STATE} a 2`,
      judgeState(STATE, { isKeyByHand: true }),
    ],
  ])('of a state %s, all that was said is there', { timeout: TIMEOUT }, async (what, script, judge) => {
    await using run = await record(script)
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    await expectNoFault(`a state ${what}`, run.operations, judge, { most: CUTS })
  })

  test('of processes that write a state one after the other and at once, all that was said is there', {
    timeout: TIMEOUT,
  }, async () => {
    const times = LONG ? 60 : 25
    await using run = await record(`writer ${STATE} a 3
writer ${STATE} b ${times} & first=$!
writer ${STATE} c ${times} & second=$!
wait $first; wait $second
writer ${STATE} d 3`)
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    const judge = judgeState(STATE)
    await expectNoFault('writers', run.operations, judge, { most: CUTS })
    // As with `synchronous` off, and as if a checkpoint did not wait for the disk.
    await expectFaultWithout((path) => /db(-wal)?$/.test(path), run.operations, judge, { most: CUTS })
    await expectFaultWithout((path) => path.endsWith('.db'), run.operations, judge, { most: 10 * CUTS })
  })

  test('of a copy, it is whole or goes on', { timeout: TIMEOUT }, async () => {
    await using run = await record(`writer ${STATE} a 5; domainctl state copy file:${STATE} file:copied/to/state.db --json`)
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    await expectNoFault('a copy', run.operations, judgeCopy(STATE, 'copied/to/state.db'), { most: CUTS })
  })

  test('of a backup, it is whole or not there', { timeout: TIMEOUT }, async () => {
    const times = LONG ? 30 : 10
    await using run = await record(`writer ${STATE} a 5 ${KEY}
writer ${STATE} b ${times} ${KEY} & other=$!
domainctl state backup kept.db --json
wait $other`)
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    const judge = judgeBackup(run.operations, STATE, 'kept.db', { key: KEY })
    await expectNoFault('a backup', run.operations, judge, { most: CUTS })
    const named = run.operations.find((one) => one.kind === 'link' && one.to === 'kept.db')?.begun ?? 0
    await expectFaultWithout((path) => path.startsWith('kept.db.unfinished'), run.operations, judge, { most: 4 * CUTS })
    await expectFaultWithout((path, line) => path === '' && line > named, run.operations, judge, { most: 4 * CUTS })
  })

  test('of a change of the key beside a state, a key opens it and the same command ends it', { timeout: TIMEOUT }, async () => {
    const times = LONG ? 30 : 10
    await using run = await record(`writer ${STATE} a 3
writer ${STATE} b ${times} & other=$!
domainctl state rotate-key --json
wait $other
writer ${STATE} c 2`)
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    const judge = judgeOwnKey(STATE)
    await expectNoFault('a change of the own key', run.operations, judge, { most: CUTS })
    const moved = run.operations.find((one) => one.kind === 'rename' && one.from.endsWith('.key.next'))?.begun ?? 0
    for (const is of [
      (path: string) => path.endsWith('.key.next.new'),
      (path: string) => /\.key\.(?!next)[^.]+\.new$/.test(path),
      (path: string, line: number) => path === '.domainctl' && line > moved,
      (path: string) => path.endsWith('-wal'),
    ])
      await expectFaultWithout(is, run.operations, judge, { most: 10 * CUTS })
  })

  test.each([
    ['given', `${KEY} `, { key: KEY }],
    ['beside the state', '', {}],
  ])('of a change of a key that is %s to one in a file, the same commands end it', { timeout: TIMEOUT }, async (what, key, o) => {
    const old = key === '' ? '' : `DOMAINCTL_ENCRYPTION_KEY=${key}`
    await using run = await record(`writer ${STATE} a 3 ${key}
${old}domainctl state rotate-key --new-key-file next.key --json
writer ${STATE} b 2 ${key}
DOMAINCTL_ENCRYPTION_KEY_FILE=next.key domainctl state rotate-key --finish --json
read -r next < next.key; writer ${STATE} c 2 $next`)
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    const judge = judgeGivenKey(STATE, 'next.key', o)
    await expectNoFault(`a change of the key ${what}`, run.operations, judge, { most: CUTS })
    const named = run.operations.find((one) => one.kind === 'link' && one.to === 'next.key')?.begun ?? 0
    await expectFaultWithout((path) => path.startsWith('next.key'), run.operations, judge, { most: 4 * CUTS })
    await expectFaultWithout((path, line) => path === '' && line > named, run.operations, judge, { most: 4 * CUTS })
    await expectFaultWithout((path) => path.endsWith('-wal'), run.operations, judge, { most: 4 * CUTS })
  })

  test('of a change to a key that somebody has just written into a file, the same commands end it', {
    timeout: TIMEOUT,
  }, async () => {
    await using run = await record(`writer ${STATE} a 2
umask 077; mkdir keys; echo ${KEY} > keys/next
domainctl state rotate-key --new-key-file keys/next --json
export DOMAINCTL_ENCRYPTION_KEY_FILE=keys/next
domainctl state rotate-key --finish --json`)
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    await expectNoFault('a change to a key by hand', run.operations, judgeGivenKey(STATE, 'keys/next'), { most: CUTS })
  })

  test('of a certificate and its files, the journal knows every record and the files are of one certificate', {
    timeout: TIMEOUT,
  }, async () => {
    await using world = await startSandboxWorld()
    const settings = { DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_PROVIDER: 'rfc2136', KEYSTORE_PASSWORD: 'changeit' }
    await using run = await record(
      `export_to() { domainctl export shop.example.test --json --out "$@"; }
domainctl issue shop.example.test --san www.shop.example.test --json
export_to tls/shop --pkcs12 --password-env KEYSTORE_PASSWORD; export_to plain --plain-files
domainctl renew shop.example.test --force --json
export_to tls/shop --pkcs12 --password-env KEYSTORE_PASSWORD; export_to plain --plain-files
domainctl renew shop.example.test --force --json
export_to plain; export_to tls/shop --pkcs12 --password-env KEYSTORE_PASSWORD`,
      { ...world.env, ...settings },
    )
    expect(inModel(run.operations)).toEqual(await inReality(run.folder))
    const ofState = operationsAt(run.operations, (path) => path === '' || /^\.domainctl(\/|$)/.test(path))
    const state = judgeState(STATE)
    await expectNoFault('certificates', ofState, state, { most: CUTS })
    const early = ofState.map((one) => (one.kind === 'sent' ? { ...one, begun: one.begun - 60, ended: one.ended - 60 } : one))
    await expectFault(early, state, { most: 10 * CUTS })

    const ofFiles = operationsAt(run.operations, (path) => !/^\.domainctl(\/|$)/.test(path))
    const set = judgeFiles(ofFiles, 'tls/shop', { files: [...PEM, 'keystore.p12'] })
    const extent = { most: CUTS_OF_FILES }
    await expectNoFault('files of a set', ofFiles, set, extent)
    await expectFaultWithout((path) => path.endsWith('privkey.pem'), ofFiles, set, extent)
    await expectFaultWithout((path) => /set-[\da-f]+$/.test(path), ofFiles, set, extent)
    await expectFaultWithout((path) => path === 'tls/shop', ofFiles, set, extent)
    await expectFaultWithout((path) => path === '' || path === 'tls', ofFiles, set, extent)

    const plain = judgeFiles(ofFiles, 'plain', { files: PEM, isPlain: true })
    await expectNoFault('plain files', ofFiles, plain, extent)
    await expectFaultWithout((path) => path.endsWith('.new'), ofFiles, plain, extent)
    await expectFaultWithout((path) => path === 'plain', ofFiles, plain, extent)
  })
})
