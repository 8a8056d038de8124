import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, describe, expect, it } from 'vitest'

// What is published, as those who install it find it: packed, and unpacked beside nothing else.

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'domainctl-published-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const LIBRARIES = ['core', 'providers', 'sandbox']
const packed = new Map([...LIBRARIES, 'cli'].map((name) => [name, pack(name)]))

function pack(name: string): { file: string; folder: string } {
  const source = join(root, 'packages', name)
  const destination = join(folder, name)
  mkdirSync(destination)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const options = { cwd: source, encoding: 'utf8', env: { ...process.env, npm_config_offline: 'true' } } as const
  const file = execFileSync(npm, ['pack', '--ignore-scripts', '--silent', '--pack-destination', destination], options).trim()
  execFileSync('tar', ['-xzf', file], { cwd: destination })
  return { file: join(destination, file), folder: join(destination, 'package') }
}

function packedAs(name: string) {
  const found = packed.get(name)
  if (!found) throw new Error(`${name} was not packed`)
  return found
}

describe.each([...packed.keys()])('the package of %s', (name) => {
  it('has nothing that publint finds wrong', async () => {
    const { messages, pkg } = await publint({ pkgDir: packedAs(name).folder, pack: false, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })
})

describe.each(LIBRARIES)('the types of %s', (name) => {
  // For ES modules alone (https://github.com/arethetypeswrong, problem cjs-resolves-to-esm): require() of them works where Node has it.
  it('are right for every way of resolving that knows exports', async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(packedAs(name).file)))
    if (!result.types) throw new Error('no types')
    const problems = result.problems.filter(
      (problem) => problem.kind !== 'CJSResolvesToESM' && !('resolutionKind' in problem && problem.resolutionKind === 'node10'),
    )
    expect(problems).toEqual([])
  })
})

const consumer = join(folder, 'consumer')
mkdirSync(join(consumer, 'node_modules', '@domainctl'), { recursive: true })
for (const name of LIBRARIES) {
  cpSync(packedAs(name).folder, join(consumer, 'node_modules', '@domainctl', name), { recursive: true })
}

// A dependency of the providers that their types are made with; npm installs it beside them.
symlinkSync(join(root, 'packages', 'providers', 'node_modules', 'zod'), join(consumer, 'node_modules', 'zod'), 'junction')

describe.each([
  ['nodenext', 'nodenext'],
  ['node16', 'node16'],
  ['esnext', 'bundler'],
])('a program with the strictest settings, module %s, resolved by %s', (module, moduleResolution) => {
  const how = { module, moduleResolution }
  const typeRoots = [join(root, 'node_modules', '@types')]

  // Nothing else is installed there, not even what the library uses. AbortSignal is of the DOM as it is of Node.
  it('takes the engine without the types of Node or of anything else', () => {
    expect(compile('@domainctl/core', { ...how, lib: ['es2022', 'dom'], types: [] })).toBe('')
  })

  it.each(['core', 'providers', 'sandbox'])('takes %s with the types of Node', (name) => {
    expect(compile(`@domainctl/${name}`, { ...how, lib: ['es2022'], types: ['node'], typeRoots })).toBe('')
  })
})

it('a program of the last TypeScript before 7 takes them as well', () => {
  const how = { module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2022', 'dom'], types: [] }
  expect(compile('@domainctl/core', how, 'typescript-6')).toBe('')
})

/** What the compiler has to say of a program that uses all that a library exports. */
function compile(library: string, options: Record<string, unknown>, compiler = 'typescript'): string {
  writeFileSync(join(consumer, 'package.json'), '{"type":"module"}')
  writeFileSync(join(consumer, 'program.ts'), `export * from '${library}'\nimport * as all from '${library}'\nexport { all }\n`)
  const compilerOptions = {
    ...options,
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: 'es2022',
    noEmit: true,
  }
  writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
  const tsc = join(root, 'node_modules', compiler, 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: consumer, encoding: 'utf8' })
  return stdout.trim()
}

it('a bundle takes from the library what it uses alone', async () => {
  const entry = "import { DomainctlError } from '@domainctl/core'\nconsole.log(DomainctlError)"
  const { metafile } = await build({
    stdin: { contents: entry, resolveDir: consumer },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'bundle',
    external: ['acme-client', 'dns-packet', 'kysely', 'pg', 'tldts'],
    metafile: true,
    write: false,
  })
  const [output] = Object.values(metafile.outputs)
  const kept = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  // Of the front door a comment of esbuild's is left.
  expect(kept.map(([file]) => file.replace(/^.*@domainctl\/core\//, ''))).toEqual(['dist/errors.js', 'dist/index.js', '<stdin>'])
  expect(output?.imports).toEqual([])
})
