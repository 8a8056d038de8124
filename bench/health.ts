import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { inTurn, printTable, run } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const usage = new URL('usage-at-exit.ts', import.meta.url).href
const NAMES = 10_000
const ROUNDS = 3
/** A slow machine measures once. */
const BEGUN_BEFORE = 90_000
/** As many connections at a time on both sides. */
const WIDTH = 32

/** `health` of ten thousand names on one server, against curl, which looks at nothing but TLS and HTTP. */
export async function measureHealth(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  const world = spawn(process.execPath, [fileURLToPath(new URL('health-world.ts', import.meta.url)), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(createInterface(world.stdout), 'line')
    const env: Record<string, string> = JSON.parse(String(line))
    const { DOMAINCTL_HTTPS_PORT: port = '', DOMAINCTL_ISSUER_ROOT: root = '' } = env
    const names = Array.from({ length: NAMES }, (_, i) => `shop${i}.example.test`)
    const [list, config, used] = ['names.txt', 'curl.txt', 'usage.json'].map((file) => join(folder, file))
    if (!list || !config || !used) throw new Error('there are three files')
    await writeFile(list, `${names.join('\n')}\n`)
    await writeFile(config, names.map((name) => `url = "https://${name}:${port}/"\noutput = "/dev/null"\n`).join(''))
    let megabytes = 0
    const rivals = {
      ours: () => {
        const args = [
          'health',
          '--from-file',
          list,
          '--concurrency',
          String(WIDTH),
          '--json',
          '--state',
          `file:${folder}/none.db`,
        ]
        const { ms, stdout } = run([process.execPath, '--import', usage, bin, ...args], {
          cwd: folder,
          env: { PATH: process.env.PATH, ...env, BENCH_USAGE: used },
        })
        const { summary } = JSON.parse(stdout)
        if (summary.ok !== NAMES) throw new Error(`${NAMES - summary.ok} names are unhealthy`)
        megabytes = Math.max(megabytes, JSON.parse(readFileSync(used, 'utf8')).megabytes)
        return ms
      },
      curl: () => {
        const at = ['--resolve', `*:${port}:127.0.0.1`, '--cacert', root]
        return run(['curl', '-sS', '--fail', '-Z', '--parallel-immediate', '--parallel-max', String(WIDTH), ...at, '-K', config])
          .ms
      },
    }
    const { ours = Number.NaN, curl = Number.NaN } = inTurn(ROUNDS, rivals, { begunBefore: BEGUN_BEFORE })
    const perSecond = (ms: number) => `${Math.round((NAMES / ms) * 1000)} checks/s`
    printTable(`health of ${NAMES} names, ${WIDTH} at a time`, [
      { what: 'domainctl health (DNS at two places, TLS, chain, HTTP)', measured: perSecond(ours) },
      { what: 'curl in parallel (TLS, HTTP)', measured: perSecond(curl) },
      { what: 'share of curl', measured: `${(curl / ours).toFixed(2)} ×` },
      { what: 'peak memory of domainctl', measured: `${Math.round(megabytes)} MB` },
    ])
  } finally {
    world.kill()
    await rm(folder, { recursive: true, force: true })
  }
}
