import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

// What the build has written: the import statements of the sources, which the build does not look at, say what has to be there.

const root = fileURLToPath(new URL('..', import.meta.url))
const ENTRY = /^={78}\n((?:\S+ \S+ \(.+\)\n)+)={78}\n\n([\s\S]*?)(?=\n={78}\n\S+ \S+ \(|$(?![\s\S]))/gm

describe.each([
  ['packages/cli/bundle', ['packages/{cli,core,providers,sandbox}/src/**/*.ts']],
  ['packages/providers/dist', ['packages/providers/src/dns/*/sdk.ts']],
  ['packages/sandbox/bundle', ['packages/sandbox/src/**/*.ts']],
])('%s/THIRD-PARTY-NOTICES.txt', (folder, sources) => {
  const text = readFileSync(join(root, folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
  const entries = [...text.matchAll(ENTRY)].map(([, heading = '', body = '']) => ({
    packages: heading
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [name: string, version: string, license: string]),
    body,
  }))
  const named = entries.flatMap(({ packages }) => packages.map(([name]) => name))

  it('names every package that the sources import, in the order of names and once in each version', () => {
    const imported = importedBy(sources.flatMap((pattern) => globSync(pattern, { cwd: root })))
    expect(imported.length).toBeGreaterThan(1)
    expect(imported.filter((name) => !named.includes(name))).toEqual([])
    expect(entries.map(({ packages }) => packages[0]?.[0])).toEqual(entries.map(({ packages }) => packages[0]?.[0]).toSorted())
    const versions = entries.flatMap(({ packages }) => packages.map(([name, version]) => `${name} ${version}`))
    expect(new Set(versions).size).toBe(versions.length)
  })

  it('has the text of each license, under the version that is installed', () => {
    for (const { packages, body } of entries) {
      expect(body, packages.join()).toMatch(/permission|apache license|redistribution/i)
      expect(body.length, packages.join()).toBeGreaterThan(400)
      for (const [name, version] of packages) {
        const installed = join('node_modules/.pnpm', `${name.replace('/', '+')}@${version}*`, 'node_modules', name)
        expect(globSync(installed, { cwd: root }).length, `${name} ${version}`).toBeGreaterThan(0)
      }
    }
  })

  it('says nothing of the machine that built it', () => expect(text).not.toContain(dirname(join(root, '.'))))

  it('is published', () => {
    const { files } = JSON.parse(readFileSync(join(root, dirname(folder), 'package.json'), 'utf8'))
    expect(files).toContain(folder.split('/').at(-1))
    expect(existsSync(join(root, 'LICENSE'))).toBe(true)
  })
})

/** Packages of others that become part of the code: not by `import type`, and not in tests or their support. */
function importedBy(files: readonly string[]): string[] {
  const names = new Set<string>()
  for (const file of files) {
    if (/\.test\.|[\\/]testing[\\/]/.test(file)) continue
    const code = readFileSync(join(root, file), 'utf8')
    const specifier = "'((?:@[\\w-]+\\/)?[\\w-]+)[/\\w.-]*'"
    const statements = `^(?:import|export) (?!type )[^'=]*?from ${specifier}|^import ${specifier}|\\bimport\\(${specifier}\\)`
    for (const [, ...found] of code.matchAll(new RegExp(statements, 'gm'))) names.add(found.find(Boolean) ?? '')
  }
  return [...names].filter((name) => name !== 'node' && !name.startsWith('@domainctl') && !name.startsWith('.')).sort()
}
