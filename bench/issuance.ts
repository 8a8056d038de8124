import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Lab, startLab } from '../lab/lab.ts'
import { inTurn, median, printTable, run } from './measure.ts'
import { lego, type Rival, uacme } from './rivals.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const NAMES = 100
const ROUNDS = 9
/** Of a rival's loop so many names are run, and the time is scaled. */
const LOOP = 10

/**
 * The least that RFC 8555 asks of a process that has an account and nothing else: directory (§7.1.1), nonce (§7.2),
 * newOrder, authorization, challenge, one look at the order, finalize, certificate. Pebble always answers finalize with
 * `processing`, which costs one look more.
 */
const LEAST = 8

interface Bench {
  lab: Lab
  directory: string
  domainctl: (...args: string[]) => number
  rivals: Record<string, Rival>
}

/** One certificate with an existing account, propagation check on, no nonce refused. */
export async function measureSingle(): Promise<void> {
  await onLab(async ({ lab, domainctl, rivals }) => {
    const before = await lab.requests()
    domainctl('issue', 'counted.single.example.test')
    const asked = difference(await lab.requests(), before)
    const requests = Object.values(asked).reduce((sum, n) => sum + n, 0)
    const others = Object.entries(rivals).map(([name, { issue }]) => [
      name,
      (n: number) => issue(`${name}${n}.single.example.test`),
    ])
    const times = inTurn(ROUNDS, {
      domainctl: (n) => domainctl('issue', `ours${n}.single.example.test`),
      ...Object.fromEntries(others),
    })
    const { domainctl: ours = Number.NaN } = times
    printTable(`One certificate (medians of ${ROUNDS}; Pebble, BIND with a secondary, existing account, P-256)`, [
      { what: 'domainctl issue (propagation check)', measured: `${ours.toFixed(0)} ms` },
      ...Object.entries(rivals).map(([name, { settings, program }]) => {
        const theirs = times[name] ?? Number.NaN
        const measured = `${theirs.toFixed(0)} ms; domainctl takes ${(ours / theirs).toFixed(2)} ×`
        return {
          what: `${program} (${settings})`,
          measured,
          ...(program === 'lego' && { bound: '1.0 ×', holds: ours <= theirs }),
        }
      }),
      {
        what: 'HTTP requests in the CA’s log',
        measured: `${requests}; RFC 8555 needs ${LEAST}`,
        bound: `${LEAST} + 2`,
        holds: requests <= LEAST + 2,
      },
    ])
    const each = Object.entries(asked).map(([path, n]) => `${path} ${n}`)
    console.log(`  the requests: ${each.join(', ')}`)
  })
}

/** A hundred names of one zone in one command, against a loop over them. */
export async function measureBulk(): Promise<void> {
  await onLab(async ({ directory, domainctl, rivals }) => {
    const ours: number[] = []
    for (const round of [0, 1, 2]) {
      const file = join(directory, `names${round}.txt`)
      await writeFile(file, names(`ours${round}`).join('\n'))
      ours.push(domainctl('issue', '--from-file', file))
    }
    const bulk = median(ours)
    const rows = Object.values(rivals).map(({ program, issue, settings }, i) => {
      const sample = names(`${program}${i}`).slice(0, LOOP)
      const loop = (sample.reduce((sum, each) => sum + issue(each), 0) * NAMES) / LOOP
      return {
        what: `${program} in a loop (${settings})`,
        measured: `${(loop / 1000).toFixed(1)} s; domainctl is ${(loop / bulk).toFixed(1)} × faster`,
        bound: '8 ×',
        holds: loop >= 8 * bulk,
      }
    })
    printTable(`${NAMES} names of one zone (loops: ${LOOP} names, scaled)`, [
      { what: 'domainctl issue --from-file (median of 3)', measured: `${(bulk / 1000).toFixed(2)} s` },
      ...rows,
    ])
  })
}

function names(label: string): string[] {
  return Array.from({ length: NAMES }, (_, i) => `${label}-${i}.bulk.example.test`)
}

async function onLab(measure: (bench: Bench) => Promise<void>): Promise<void> {
  const lab = await startLab({ validateAtPrimary: true, pebble: { nonceReject: 0 } })
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    const env = { PATH: process.env.PATH, HOME: directory, ...lab.env, DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_PROVIDER: 'rfc2136' }
    const domainctl = (...args: string[]) => run([process.execPath, bin, ...args], { cwd: directory, env }).ms
    const rivals: Record<string, Rival> = {
      lego: await lego(lab, directory, true),
      'lego-unchecked': await lego(lab, directory, false),
      uacme: await uacme(lab, directory),
    }
    // Accounts are made before anything is measured.
    domainctl('issue', 'warm-up.example.test')
    for (const [name, rival] of Object.entries(rivals)) rival.issue(`warm-up-${name}.example.test`)
    await measure({ lab, directory, domainctl, rivals })
    for (const rival of Object.values(rivals)) await rival.stop?.()
  } finally {
    await rm(directory, { recursive: true, force: true })
    await lab.stop()
  }
}

function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  const counts = Object.entries(after).map(([path, n]) => [path, n - (before[path] ?? 0)] as const)
  return Object.fromEntries(counts.filter(([, n]) => n > 0))
}
