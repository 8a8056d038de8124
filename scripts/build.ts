// Builds the libraries with tsc, then bundles the sandbox and the command with esbuild. Quick when nothing changed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { quickBuiltins } from './bundle-builtins.ts'
import { frontDoors } from './front-doors.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folderOf = (name: string) => join(root, 'packages', name)
const libraries = ['core', 'providers', 'sandbox']
const packages = [...libraries, 'cli'].map((name) => `packages/${name}`)
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

const types = spawnSync(process.execPath, [tsc, '-b', ...packages], { cwd: root, stdio: 'inherit' })
if (types.status !== 0) process.exit(1)

// A library whose dependencies are for itself alone: in one file they load in half the time, and nobody installs them.
await bundle('sandbox', 'index', { external: ['@domainctl/core'] })

const { version } = JSON.parse(readFileSync(join(folderOf('cli'), 'package.json'), 'utf8'))
await bundle('cli', 'bin', {
  alias: { axios: join(root, 'scripts', 'no-axios.cjs') },
  plugins: [
    quickBuiltins(),
    frontDoors(Object.fromEntries(libraries.map((name) => [`@domainctl/${name}`, join(folderOf(name), 'dist', 'index.js')]))),
  ],
  define: { 'process.env.DOMAINCTL_VERSION': JSON.stringify(version) },
})

/** `src/<entry>.ts` of a package with all that it imports, into its `bundle/`; what is imported dynamically stays apart. */
async function bundle(name: string, entry: string, options: BuildOptions): Promise<void> {
  const outdir = join(folderOf(name), 'bundle')
  rmSync(outdir, { recursive: true, force: true })
  await build({
    entryPoints: { [entry]: join(folderOf(name), 'src', `${entry}.ts`) },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.22',
    // Of packages that have both, the ES modules: esbuild leaves out of them what nobody uses.
    mainFields: ['module', 'main'],
    // Names stay: stacks are to be read, and dependencies ask classes for theirs.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    // Some dependencies are CommonJS and call require for what Node has built in.
    banner: { js: 'const require=process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
    ...options,
  })
  if (!existsSync(join(outdir, `${entry}.js`))) throw new Error(`esbuild wrote no ${entry}.js`)
}
