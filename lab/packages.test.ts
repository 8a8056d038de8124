import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manifestOf, PUBLISHED } from '../scripts/pack.ts'
import { isAllowed } from '../scripts/third-party-notices.ts'
import { faultsOfSbom } from './packages/cyclonedx.ts'
import { tryFirstCommands } from './packages/first-commands.ts'
import { installedIn, nativeParts } from './packages/installed.ts'
import { INSTALLERS, type Line, NODES, Place, type Project } from './packages/place.ts'
import { runTool } from './tool.ts'

// What is published, as users get it: packed, installed by others' tools into an empty project, and used from there.

const root = fileURLToPath(new URL('..', import.meta.url))
const lines = Object.keys(NODES) as Line[]
const { version } = manifestOf('cli')
const VERSIONS = ['@types/node', 'typescript'].map((name) => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return `${name}@${devDependencies[name]}`
})

/** What users download and get on their disks may grow, but not unseen: see docs/packages.md. */
const MOST = {
  cli: { packed: 3, unpacked: 6, files: 260 },
  core: { packed: 1, unpacked: 4, files: 1200 },
  providers: { packed: 0.5, unpacked: 2, files: 400 },
  sandbox: { packed: 0.5, unpacked: 2, files: 300 },
  libraries: 90,
}

/** Yarn's own way needs no node_modules; this is the way of those who have scripts that look there. */
const YARN_4 = 'nodeLinker: node-modules\nenableTelemetry: false\nenableNetwork: false\nenableGlobalCache: false\n'

let place: Place
let libraries: Project
beforeAll(async () => {
  place = await Place.make()
})
afterAll(() => place?.remove())

describe.each(lines)('%s', (line) => {
  test('the command, from its package alone', async () => {
    const project = await place.project(line)
    expect(await project.install(place.files.cli)).toMatchObject({ code: 0 })
    expect(installedIn(project.folder).map(({ path }) => path)).toEqual(['node_modules/domainctl'])
    expect(await project.run(['npx', 'domainctl', '--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    const tour = await project.run(['npx', 'domainctl', 'sandbox', 'tour'])
    expect(tour, tour.stderr).toMatchObject({ code: 0 })
    expect(`${tour.stdout}${tour.stderr}`).toContain('answers with a good certificate')
    // The oldest; lab/sea.test.ts does the same on the newest.
    if (line !== 'Node 22') return
    const run = (...args: string[]) => project.run([join('node_modules', '.bin', 'domainctl'), ...args])
    await tryFirstCommands(project.folder, run)
    // A configuration with the types of the package, which says itself where its settings come from.
    const typed =
      "import { defineConfig } from 'domainctl/config'\nexport default await defineConfig({ email: 'dev@example.com' as const })\n"
    writeFileSync(join(project.folder, 'typed.ts'), typed)
    expect((await run('config', 'show', '--json', '--config', 'typed.ts')).stdout).toContain('dev@example.com')
  })

  test('the libraries, in the program of the README', async () => {
    const project = await projectWithLibraries(line)
    const run = await project.run(['node', 'library.mjs', 'issue.ts', 'library.example.test'])
    expect(run, run.stderr).toMatchObject({ code: 0 })
    expect(run.stdout).toMatch(/^library\.example\.test: good until /)
    if (line === 'Node 26') libraries = project
  })
})

test('the types of the libraries are whole, also for those who check the types of what they install', async () => {
  const types = await libraries.run([join('node_modules', '.bin', 'tsc'), '-p', '.'])
  expect(types).toEqual({ code: 0, stdout: '', stderr: '' })
})

test.each(PUBLISHED)('the package of %s is as large as docs/packages.md says, at most', async (name) => {
  const { packed, files, unpacked } = await measured(place.files[name])
  const most = MOST[name]
  expect(packed).toBeLessThan(most.packed * 1_000_000)
  expect(unpacked).toBeLessThan(most.unpacked * 1_000_000)
  expect(files).toBeLessThan(most.files)
})

test.each(PUBLISHED)('the package of %s has what a reader looks for, and neither tests nor sources', async (name) => {
  const { names } = await measured(place.files[name])
  expect(names).toEqual(expect.arrayContaining(['package/package.json', 'package/README.md', 'package/LICENSE']))
  expect(names.filter((file) => /\.test\.|\.tsbuildinfo$|(?<!\.d)\.ts$|\/(test|src)\//.test(file))).toEqual([])
})

test('the schemas of what the command prints are in its package', async () => {
  const { names } = await measured(place.files.cli)
  expect(names).toEqual(expect.arrayContaining(['common', 'error', 'list'].map((name) => `package/schema/${name}.json`)))
})

test.each([
  ['cli', 'bundle'],
  ['providers', 'dist'],
  ['sandbox', 'bundle'],
] as const)('the bill of materials in %s is CycloneDX by its own schema', async (name, folder) => {
  const { stdout } = await runTool(['tar', '-xzOf', place.files[name], `package/${folder}/sbom.cdx.json`])
  expect(await faultsOfSbom(stdout)).toBeNull()
  expect(await faultsOfSbom(stdout.replace('"type"', '"kind"'))).not.toBeNull()
})

test('nothing of this checkout is to be seen from where they run', async () => {
  const project = await place.project('Node 26')
  expect((await project.run(['ls', '-A', root])).stdout).toBe('')
})

describe('what is installed with the libraries', () => {
  const ours = ['core', 'providers', 'sandbox'].map((name) => `node_modules/@domainctl/${name}`)
  const foreign = () =>
    installedIn(libraries.folder).filter(({ path }) => !/\/(@types|@typescript|typescript|undici-types)(\/|$)/.test(path))

  test('runs no script at its installation, and has no part that is built for a machine', () => {
    expect(foreign().map(({ path }) => path)).toEqual(expect.arrayContaining(ours))
    expect(foreign().filter(({ hasInstallScript }) => hasInstallScript)).toEqual([])
    expect(nativeParts(libraries.folder)).toEqual([])
  })

  test('has licenses that are allowed', () => {
    expect(foreign().filter(({ license }) => license === undefined || !isAllowed(license))).toEqual([])
  })

  test(`is no more than ${MOST.libraries} packages`, () => expect(foreign().length).toBeLessThanOrEqual(MOST.libraries))
})

// These have no cache of the registry here; the command asks for nothing of it.
describe('the command is installed by', () => {
  const own = (name: keyof typeof INSTALLERS) => [process.execPath, INSTALLERS[name]] as const
  test.each([
    ['npm --ignore-scripts', () => ['npm', 'install', '--offline', '--ignore-scripts', place.files.cli]],
    ['pnpm', () => [...own('pnpm'), 'add', '--offline', place.files.cli]],
    ['yarn 1', () => [...own('yarn 1'), 'add', '--offline', '--no-progress', `file:${place.files.cli}`]],
    ['yarn 4', () => [...own('yarn 4'), 'add', `domainctl@file:${place.files.cli}`]],
  ])('%s', async (name, command) => {
    const project = await place.project('Node 26')
    if (name === 'yarn 4') writeFileSync(join(project.folder, '.yarnrc.yml'), YARN_4)
    const installed = await project.installBy(command())
    expect(installed, installed.stdout + installed.stderr).toMatchObject({ code: 0 })
    const bin = join('node_modules', '.bin', 'domainctl')
    expect(await project.run([bin, '--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    expect(await project.run([bin, 'list', '--json'])).toMatchObject({ code: 0, stdout: expect.stringContaining('"domains"') })
  })
})

/** A project with the three libraries, TypeScript, and the example of the README. */
async function projectWithLibraries(line: Line): Promise<Project> {
  const project = await place.project(line)
  const { core, providers, sandbox } = place.files
  const installed = await project.install(core, providers, sandbox, ...VERSIONS)
  expect(installed, installed.stderr).toMatchObject({ code: 0 })
  cpSync(join(root, 'examples', 'issue.ts'), join(project.folder, 'issue.ts'))
  cpSync(fileURLToPath(new URL('packages/library.mjs', import.meta.url)), join(project.folder, 'library.mjs'))
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmit: true,
    types: ['node'],
    skipLibCheck: false,
  }
  writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['issue.ts'] }))
  return project
}

/** What is in a package's file, by tar: bytes as sent, bytes on disk, and the files. */
async function measured(file: string) {
  const { stdout } = await runTool(['tar', '--list', '--verbose', '--gzip', '--file', file])
  const entries = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/))
  const unpacked = entries.reduce((sum, [, , size]) => sum + Number(size), 0)
  return { packed: statSync(file).size, unpacked, files: entries.length, names: entries.map((entry) => entry[5] ?? '') }
}
