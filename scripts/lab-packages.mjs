// Fetches into .lab/packages what the lab installs our packages with: the oldest Nodes that they name, npm, pnpm and yarn, and npm's
// cache with everything that they depend on, since a lab has no network. Does nothing when nothing changed. Runs on any Node >= 18,
// before the workspace is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, '.lab', 'packages')
const LONGEST_INSTALL_MS = 600_000
const stampFile = join(folder, 'stamp')
const manifest = (path) => JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
const ours = ['core', 'providers', 'sandbox', 'cli'].map((name) => manifest(`packages/${name}`))
const workspace = manifest('.')
const node = `npm:node-${process.platform}-${process.arch}`

/** `^22.22.2 || ^24.15.0 || >=26` names the oldest that has to do of each line; that of the newest line is the workspace's own. */
const [oldest, middle] = ours[0].engines.node.split(' || ').map((range) => range.slice(1))
const tools = {
  'node-22': `${node}@${oldest}`,
  'node-24': `${node}@${middle}`,
  npm: '11.19.1',
  pnpm: workspace.packageManager.split('@')[1],
  'yarn-1': 'npm:yarn@1.22.22',
  'yarn-4': 'npm:@yarnpkg/cli-dist@4.18.1',
  // The schema that an SBOM is held to, and what reads it.
  '@cyclonedx/cyclonedx-library': '10.3.0',
  ajv: '8.20.0',
  'ajv-formats': '3.0.1',
  'ajv-formats-draft2019': '1.6.1',
}
/** Exactly what an empty project asks for that takes our packages and checks its types: in ranges, as users get it. */
const theirs = {
  ...Object.assign({}, ...ours.map(({ dependencies }) => dependencies)),
  '@types/node': workspace.devDependencies['@types/node'],
  typescript: workspace.devDependencies.typescript,
}
for (const { name } of ours) delete theirs[name]

const stamp = createHash('sha256').update(JSON.stringify({ tools, theirs })).digest('hex')
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  console.log('lab-install: fetching the Nodes and packages that the lab installs with')
  rmSync(stampFile, { force: true })
  install('tools', tools)
  // Installed once for what it leaves in the cache.
  install('theirs', theirs, ['--cache', join(folder, 'cache')])
  rmSync(join(folder, 'theirs'), { recursive: true, force: true })
  writeFileSync(stampFile, stamp)
}

function install(name, dependencies, options = []) {
  const project = join(folder, name)
  rmSync(project, { recursive: true, force: true })
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, private: true, dependencies }))
  // A registry that does not answer is asked again, and given up in minutes; npm holds what comes to the registry's own hashes.
  const patience = ['--fetch-timeout=60000', '--fetch-retries=3', '--fetch-retry-maxtimeout=20000']
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...patience, ...options]
  const run = { cwd: project, stdio: ['ignore', 'inherit', 'inherit'], timeout: LONGEST_INSTALL_MS, killSignal: 'SIGKILL' }
  const { status, error } = spawnSync('npm', args, run)
  if (!error && status === 0) return
  const late = error?.code === 'ETIMEDOUT' ? ` in ${LONGEST_INSTALL_MS / 60_000} minutes` : ''
  const why = error && !late ? `: ${error.message}` : ''
  console.error(`lab-install: npm could not install the lab's ${name}${late}${why}`)
  console.error(
    'lab-install: they come from the registry of npm (npm config get registry); repeating it goes on with what is there',
  )
  process.exit(1)
}
