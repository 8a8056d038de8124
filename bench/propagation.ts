import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startLab } from '../lab/lab.ts'
import { median, printTable, run } from './measure.ts'
import { lego } from './rivals.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const ROUNDS = 5

/** A command that issues one certificate. */
interface Issuing {
  command: readonly [string, ...string[]]
  env: NodeJS.ProcessEnv
}

/**
 * What one name waits for the DNS: from the look at its authorization until the CA is told that the proof is there, which
 * is one RFC 2136 update and then each client's own check of both name servers.
 */
export async function measurePropagation(): Promise<void> {
  const lab = await startLab({ validateAtPrimary: true, pebble: { nonceReject: 0 } })
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    const env = { PATH: process.env.PATH, HOME: directory, ...lab.env, DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_PROVIDER: 'rfc2136' }
    const domainctl = (name: string): Issuing => ({ command: [process.execPath, bin, 'issue', name], env })
    const rival = await lego(lab, directory, true)
    const { command: theirs } = rival
    if (!theirs) throw new Error('lego has no command')
    run(domainctl('warm-up.example.test').command, { env, cwd: directory })
    rival.issue('warm-up-lego.example.test')
    const [ours, legos]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await checkMs(domainctl(`ours${round}.example.test`)))
      legos.push(await checkMs(theirs(`lego${round}.example.test`)))
    }
    const [check, legoCheck] = [median(ours), median(legos)]
    printTable(`Update and propagation check of one name (medians of ${ROUNDS}; BIND with a secondary)`, [
      { what: 'domainctl issue', measured: `${check.toFixed(0)} ms` },
      {
        what: 'lego (polled every second)',
        measured: `${legoCheck.toFixed(0)} ms; domainctl takes ${(check / legoCheck).toFixed(2)} ×`,
        bound: '1.0 ×',
        holds: check <= legoCheck,
      },
    ])
    await rival.stop?.()
  } finally {
    await rm(directory, { recursive: true, force: true })
    await lab.stop()
  }

  async function checkMs({ command: [file, ...args], env }: Issuing): Promise<number> {
    const before = await lab.requests()
    const child = spawn(file, args, { env, cwd: directory, stdio: 'ignore' })
    const seen = async (resource: string) => {
      while ((await lab.requests())[resource] === before[resource] && child.exitCode === null) await sleep(1)
      return performance.now()
    }
    const exit = once(child, 'exit')
    const looked = await seen('POST /authZ/')
    const told = await seen('POST /chalZ/')
    const [code] = await exit
    if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}`)
    return told - looked
  }
}
