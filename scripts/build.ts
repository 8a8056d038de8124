// Builds the libraries with tsc and bundles the command with esbuild. Quick when nothing changed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { quickBuiltins } from './bundle-builtins.ts'
import { frontDoors } from './front-doors.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'packages', 'cli')

const types = spawnSync(
  process.execPath,
  [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', 'packages/core', 'packages/providers', 'packages/cli'],
  { cwd: root, stdio: 'inherit' },
)
if (types.status !== 0) process.exit(1)

rmSync(join(cli, 'bundle'), { recursive: true, force: true })
await build({
  entryPoints: { bin: join(cli, 'src', 'bin.ts') },
  outdir: join(cli, 'bundle'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.22',
  // Names stay: stacks of --verbose are to be read, and dependencies ask classes for theirs.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  alias: { axios: join(root, 'scripts', 'no-axios.cjs') },
  plugins: [
    quickBuiltins(),
    frontDoors(
      Object.fromEntries(
        ['core', 'providers'].map((name) => [`@domainctl/${name}`, join(root, 'packages', name, 'dist', 'index.js')]),
      ),
    ),
  ],
  logLevel: 'warning',
  define: {
    'process.env.DOMAINCTL_VERSION': JSON.stringify(JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8')).version),
  },
  // Some dependencies are CommonJS and call require for what Node has built in.
  banner: { js: 'const require=process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
})
if (!existsSync(join(cli, 'bundle', 'bin.js'))) throw new Error('esbuild wrote no bin.js')
