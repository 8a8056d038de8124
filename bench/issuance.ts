import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Lab, startLab } from '../lab/lab.ts'
import { inTurn, printTable, run } from './measure.ts'
import { lego, type Rival, uacme } from './rivals.ts'
import { certbot, dehydrated } from './script-rivals.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const ROUNDS = 9

/**
 * The least that RFC 8555 asks of a process that has an account and nothing else: directory (§7.1.1), nonce (§7.2),
 * newOrder, authorization, challenge, one look at the order, finalize, certificate. Pebble always answers finalize with
 * `processing`, which costs one look more.
 */
const LEAST = 8

export interface Bench {
  lab: Lab
  directory: string
  /** Wall time in ms; `with` adds to the environment. */
  domainctl: ((...args: string[]) => number) & { with(env: Record<string, string>, ...args: string[]): number }
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

/** A lab, domainctl in it and its rivals where they are wanted, each with an account. */
export async function onLab(
  measure: (bench: Bench) => Promise<void>,
  o: { withRivals: boolean } = { withRivals: true },
): Promise<void> {
  const lab = await startLab({ validateAtPrimary: true, pebble: { nonceReject: 0 } })
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    const env = { PATH: process.env.PATH, HOME: directory, ...lab.env, DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_PROVIDER: 'rfc2136' }
    const inEnv = (more: Record<string, string>, ...args: string[]) =>
      run([process.execPath, bin, ...args], { cwd: directory, env: { ...env, ...more } }).ms
    const domainctl = Object.assign((...args: string[]) => inEnv({}, ...args), { with: inEnv })
    const rivals = o.withRivals ? await startRivals(lab, directory) : {}
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

/** How often each resource was asked between two counts. */
export function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  const counts = Object.entries(after).map(([path, n]) => [path, n - (before[path] ?? 0)] as const)
  return Object.fromEntries(counts.filter(([, n]) => n > 0))
}

async function startRivals(lab: Lab, directory: string): Promise<Record<string, Rival>> {
  return {
    lego: await lego(lab, directory, true),
    'lego-unchecked': await lego(lab, directory, false),
    uacme: await uacme(lab, directory),
    certbot: await certbot(lab, directory),
    dehydrated: await dehydrated(lab, directory),
  }
}
