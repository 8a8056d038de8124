// Builds the libraries with tsc, then bundles the sandbox and the command with esbuild. Quick when nothing changed.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
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

/** How everything is bundled. */
const output: BuildOptions = {
  bundle: true,
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
}

const types = spawnSync(process.execPath, [tsc, '-b', ...packages], { cwd: root, stdio: 'inherit' })
if (types.status !== 0) process.exit(1)

// SDKs of providers: each `dns/<provider>/sdk.ts` takes the place of what tsc made of it, with the parts of the SDK that it
// uses inside, so that nobody installs the SDK. Before all that takes providers in.
const providers = join(folderOf('providers'), 'src', 'dns')
for (const name of readdirSync(providers)) {
  if (existsSync(join(providers, name, 'sdk.ts'))) await bundleSdk(name)
}

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

/** `dist/dns/<provider>/sdk.js` of the providers, in one file; its types must not ask for the SDK either. */
async function bundleSdk(provider: string): Promise<void> {
  const outfile = join(folderOf('providers'), 'dist', 'dns', provider, 'sdk.js')
  const leak = /(?:from|import\() ?['"](?!\.|node:)([^'"]+)/.exec(readFileSync(outfile.replace(/js$/, 'd.ts'), 'utf8'))
  if (leak) throw new Error(`the types of dns/${provider}/sdk.ts ask for ${leak[1]}`)
  await build({ ...output, entryPoints: [join(providers, provider, 'sdk.ts')], outfile })
}

/** `src/<entry>.ts` of a package with all that it imports, into its `bundle/`; what is imported dynamically stays apart. */
async function bundle(name: string, entry: string, options: BuildOptions): Promise<void> {
  const outdir = join(folderOf(name), 'bundle')
  rmSync(outdir, { recursive: true, force: true })
  await build({
    entryPoints: { [entry]: join(folderOf(name), 'src', `${entry}.ts`) },
    outdir,
    splitting: true,
    ...output,
    ...options,
  })
  if (!existsSync(join(outdir, `${entry}.js`))) throw new Error(`esbuild wrote no ${entry}.js`)
}
