import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { printTable, run } from './measure.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * From a clone to the first certificate, by the first command of the README (`npm start`): with nothing in the caches of npm and
 * pnpm, so that most of it is the network, and again with all of it there.
 */
export async function measureFreshClone(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    const home = join(directory, 'home')
    await mkdir(home)
    for (const caches of ['empty', 'full']) {
      const clone = join(directory, caches)
      const cloned = run(['git', 'clone', '--quiet', root, clone])
      const phases = await start(clone, emptyHome(home))
      const whole = cloned.ms + phases.certificate
      printTable(`From a clone to the first certificate, by \`npm start\` (caches ${caches}, Node ${process.version})`, [
        { what: 'git clone', measured: seconds(cloned.ms) },
        { what: 'packages, with Node', measured: seconds(phases.installed) },
        { what: 'build', measured: seconds(phases.built - phases.installed) },
        { what: 'tour, up to its first certificate', measured: seconds(phases.certificate - phases.built) },
        { what: 'to the first certificate', measured: seconds(whole) },
        { what: 'to the end of the tour', measured: seconds(cloned.ms + phases.end) },
      ])
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** When each phase of `npm start` ended, in ms from its beginning: by what setup leaves, and by what the tour says. */
async function start(clone: string, env: NodeJS.ProcessEnv) {
  const began = Date.now()
  let certificate: number | undefined
  const said: string[] = []
  const child = spawn('npm', ['start'], { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line)
      if (/ has a certificate\.$/.test(line)) certificate ??= Date.now() - began
    })
  }
  const [code] = await once(child, 'close')
  const end = Date.now() - began
  if (code !== 0 || certificate === undefined) throw new Error(`npm start failed (exit ${code}):\n${said.slice(-20).join('\n')}`)
  const left = async (stamp: string) => (await stat(join(clone, 'node_modules', stamp))).mtimeMs - began
  return { installed: await left('.setup-stamp'), built: await left('.build-stamp'), certificate, end }
}

/** Nothing is cached there; how the registry is reached (a mirror, a proxy with a root of its own) stays as it is on this machine. */
function emptyHome(home: string): NodeJS.ProcessEnv {
  const userConfig = process.env.npm_config_userconfig ?? join(homedir(), '.npmrc')
  return { ...process.env, HOME: home, npm_config_userconfig: userConfig, XDG_CACHE_HOME: '', XDG_DATA_HOME: '' }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** From nothing to the version, and what `npm install` leaves on the disk; the registry is asked for what is not ours. */
export async function measureInstall(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    const { packAll } = await import('../scripts/pack.ts')
    const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const files = packAll(['npx', '--yes', packageManager], directory)
    const home = join(directory, 'home')
    await mkdir(home)
    const env = emptyHome(home)
    const rows = []
    for (const [what, wanted] of [
      ['domainctl', [files.cli]],
      ['the libraries, caches empty', [files.core, files.providers, files.sandbox]],
      ['the libraries, caches full', [files.core, files.providers, files.sandbox]],
    ] as const) {
      const cwd = await mkdtemp(join(directory, 'project-'))
      run(['npm', 'init', '--yes'], { cwd, env })
      const { ms } = run(['npm', 'install', '--no-audit', '--no-fund', ...wanted], { cwd, env })
      const { packages } = JSON.parse(await readFile(join(cwd, 'node_modules', '.package-lock.json'), 'utf8'))
      const [kilobytes] = run(['du', '-sk', 'node_modules'], { cwd }).stdout.split('\t')
      const size = `${Object.keys(packages).length} packages, ${(Number(kilobytes) / 1000).toFixed(1)} MB`
      rows.push({ what: `npm install of ${what}`, measured: `${seconds(ms)}, ${size}` })
      if (what !== 'domainctl') continue
      const version = run([join(cwd, 'node_modules', '.bin', 'domainctl'), '--version'], { env })
      rows.push({ what: 'and domainctl --version, the first of all', measured: seconds(version.ms) })
    }
    printTable(`From packages to the command (Node ${process.version})`, rows)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
