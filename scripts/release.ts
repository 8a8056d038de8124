// Publishes what the registry does not have yet of our packages, each after those that it needs, with npm's statement of where it was
// built (provenance). Safe to run again after a failure half-way.
//   node scripts/release.ts [--dry-run] [--out FOLDER]
// FOLDER keeps the packed files and their bills of materials. In a workflow of GitHub the packages say the repository that it is of.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { manifestOf, PUBLISHED, packAll } from './pack.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false }, out: { type: 'string', default: 'release' } },
})
const folder = resolve(values.out)
const BILLS = { cli: 'bundle', providers: 'dist', sandbox: 'bundle' } as const

sayRepository(process.env)
mkdirSync(folder, { recursive: true })
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const files = packAll(['npx', '--yes', packageManager], folder)
for (const [name, built] of Object.entries(BILLS)) {
  copyFileSync(join(root, 'packages', name, built, 'sbom.cdx.json'), join(folder, `domainctl-${name}.cdx.json`))
}
for (const name of PUBLISHED) {
  const { name: published, version } = manifestOf(name)
  if (isThere(`${published}@${version}`)) console.log(`release: ${published} ${version} is published already`)
  else publish(files[name])
}

function publish(file: string): void {
  // A dry run is for any machine; provenance is known only in a workflow.
  const options = values['dry-run'] ? ['--dry-run'] : ['--provenance']
  execFileSync('npm', ['publish', file, '--access', 'public', ...options], { stdio: 'inherit' })
}

/** Whether the registry has this version; what is neither yes nor no ends the release. */
function isThere(spec: string): boolean {
  const { status, stdout } = spawnSync('npm', ['view', spec, 'version', '--json'], { encoding: 'utf8' })
  if (status === 0) return stdout.trim() !== ''
  const { error } = JSON.parse(stdout || '{}')
  if (error?.code === 'E404') return false
  throw new Error(`the registry cannot say whether ${spec} is there: ${error?.summary ?? stdout}`)
}

/** Provenance is refused for a package that does not name the repository that it was built from. */
function sayRepository({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository }: NodeJS.ProcessEnv): void {
  if (server === undefined || repository === undefined) return
  const url = `${server}/${repository}`
  for (const name of PUBLISHED) {
    const directory = `packages/${name}`
    const manifest = {
      ...manifestOf(name),
      homepage: `${url}#readme`,
      bugs: { url: `${url}/issues` },
      repository: { type: 'git', url: `git+${url}.git`, directory },
    }
    writeFileSync(join(root, directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  }
}
