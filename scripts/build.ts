// Builds the libraries with tsc, then bundles the sandbox and the command with esbuild, each with the licenses of what others
// wrote in it and a bill of that (CycloneDX). Quick when nothing changed.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { bundling, commandBundling } from './bundling.ts'
import { mergeChunks } from './merge-chunks.ts'
import { sbomOf } from './sbom.ts'
import { type BundledPackage, bundledPackages, noticesText } from './third-party-notices.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folderOf = (name: string) => join(root, 'packages', name)
const libraries = ['core', 'providers', 'sandbox']
const packages = [...libraries, 'cli'].map((name) => `packages/${name}`)
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

const output = bundling(root)

const types = spawnSync(process.execPath, [tsc, '-b', ...packages], { cwd: root, stdio: 'inherit' })
if (types.status !== 0) process.exit(1)

// SDKs of providers: each `dns/<provider>/sdk.ts` takes the place of what tsc made of it, with the parts of the SDK that it
// uses inside, so that nobody installs the SDK. Before all that takes providers in.
const providers = join(folderOf('providers'), 'src', 'dns')
/** The file that an SDK is bundled into → whose code is in it. */
const sdks = new Map<string, BundledPackage[]>()
for (const name of readdirSync(providers)) {
  if (existsSync(join(providers, name, 'sdk.ts'))) await bundleSdk(name)
}
writeNotices('providers', 'dist', [...sdks.values()].flat())

// A library whose dependencies are for itself alone: in one file they load in half the time, and nobody installs them.
await bundle('sandbox', 'index', { external: ['@domainctl/core'] })

await bundle('cli', 'bin', commandBundling(root))
// What it prints as JSON, for the programs that read it, in the version that is installed.
rmSync(join(folderOf('cli'), 'schema'), { recursive: true, force: true })
cpSync(join(root, 'docs', 'schema'), join(folderOf('cli'), 'schema'), {
  recursive: true,
  filter: (path) => !path.endsWith('config.schema.json'),
})

/** `dist/dns/<provider>/sdk.js` of the providers, in one file; its types must not ask for the SDK either. */
async function bundleSdk(provider: string): Promise<void> {
  const outfile = join(folderOf('providers'), 'dist', 'dns', provider, 'sdk.js')
  const leak = /(?:from|import\() ?['"](?!\.|node:)([^'"]+)/.exec(readFileSync(outfile.replace(/js$/, 'd.ts'), 'utf8'))
  if (leak) throw new Error(`the types of dns/${provider}/sdk.ts ask for ${leak[1]}`)
  const { metafile } = await build({ ...output, metafile: true, entryPoints: [join(providers, provider, 'sdk.ts')], outfile })
  sdks.set(outfile, bundledPackages(metafile, root))
}

/** Every license and notice of others that goes with what is published of a package, and a bill of what of others is in it. */
function writeNotices(name: string, folder: string, packages: readonly BundledPackage[]): void {
  const published = JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'))
  writeFileSync(join(folderOf(name), folder, 'THIRD-PARTY-NOTICES.txt'), noticesText(published.name, packages))
  writeFileSync(join(folderOf(name), folder, 'sbom.cdx.json'), `${JSON.stringify(sbomOf(published, packages), null, 1)}\n`)
}

/** The command takes in SDKs that are bundled already. */
function sdksIn(metafile: Metafile): BundledPackage[] {
  return Object.keys(metafile.inputs).flatMap((input) => sdks.get(resolve(root, input)) ?? [])
}

/** `src/<entry>.ts` of a package with all that it imports, into its `bundle/`; what is imported dynamically stays apart. */
async function bundle(name: string, entry: string, options: BuildOptions): Promise<void> {
  const outdir = join(folderOf(name), 'bundle')
  rmSync(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    entryPoints: { [entry]: join(folderOf(name), 'src', `${entry}.ts`) },
    outdir,
    splitting: true,
    ...output,
    ...options,
    metafile: true,
  })
  if (name === 'cli') await mergeChunks(outdir, metafile, output, { first: 'commands', before: ['bin', 'main'] })
  writeNotices(name, 'bundle', [...bundledPackages(metafile, root), ...sdksIn(metafile)])
  if (!existsSync(join(outdir, `${entry}.js`))) throw new Error(`esbuild wrote no ${entry}.js`)
}
