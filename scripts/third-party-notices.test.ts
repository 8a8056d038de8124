import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bundledPackages, noticesText } from './third-party-notices.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'domainctl-notices-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function write(files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
}

/** A package with one function that has its name; `sideEffects: false` lets esbuild leave it out. */
function packageOf(name: string, about: object, files: Record<string, string> = {}): Record<string, string> {
  const json = { name, version: '1.0.0', main: 'index.js', sideEffects: false, ...about }
  const all = { 'package.json': JSON.stringify(json), 'index.js': `export const ${name} = () => '${name}'`, ...files }
  return Object.fromEntries(Object.entries(all).map(([file, text]) => [`node_modules/${name}/${file}`, text]))
}

async function bundled(entry: string) {
  await write({ 'entry.js': entry })
  const o = { bundle: true, write: false, metafile: true, format: 'esm', absWorkingDir: root } as const
  const { metafile } = await build({ ...o, entryPoints: ['entry.js'] })
  return bundledPackages(metafile, root)
}

it('names what is in the bundle, with its licenses and notices, and not what was left out of it', async () => {
  const part = { 'vendored/part.js': 'export const part = () => 1', 'vendored/LICENSE.md': 'license of the part' }
  const uses = "export { part } from './vendored/part.js'; export const beta = () => 'beta'"
  await write({
    ...packageOf('beta', { license: 'Apache-2.0' }, { ...part, LICENSE: 'Apache', NOTICE: 'made by beta', 'index.js': uses }),
    ...packageOf(
      'alpha',
      { license: 'MIT' },
      { 'license.txt': '\uFEFF\r\nMIT of alpha  \r\nline two\r\n', 'license.js': 'code' },
    ),
    ...packageOf('unused', { license: 'GPL-3.0-only' }),
  })
  const entry = "import { beta, part } from 'beta'; import { alpha } from 'alpha'; import { unused } from 'unused'"
  const packages = await bundled(`${entry}; console.log(beta(), part(), alpha())`)
  expect(noticesText('ours', packages)).toBe(
    [
      'ours contains code of the packages below, each under its own license.\n',
      `${'='.repeat(78)}\nalpha 1.0.0 (MIT)\n${'='.repeat(78)}\n\nMIT of alpha\nline two\n`,
      `${'='.repeat(78)}\nbeta 1.0.0 (Apache-2.0)\n${'='.repeat(78)}\n`,
      '--- LICENSE\n\nApache\n\n--- NOTICE\n\nmade by beta\n\n--- vendored/LICENSE.md\n\nlicense of the part\n',
    ].join('\n'),
  )
})

it('joins the texts of a package of which other parts are in another bundle', async () => {
  await write(
    packageOf(
      'alpha',
      { license: 'MIT' },
      {
        LICENSE: 'MIT of alpha',
        'one/index.js': 'export const one = () => 1',
        'one/LICENSE': 'license of one',
        'two/index.js': 'export const two = () => 2',
        'two/LICENSE': 'license of two',
      },
    ),
  )
  const first = await bundled("import { one } from 'alpha/one/index.js'; console.log(one())")
  const second = await bundled("import { two } from 'alpha/two/index.js'; console.log(two())")
  for (const both of [
    [...first, ...second],
    [...second, ...first],
  ]) {
    expect(noticesText('ours', both)).toBe(
      [
        'ours contains code of the packages below, each under its own license.\n',
        `${'='.repeat(78)}\nalpha 1.0.0 (MIT)\n${'='.repeat(78)}\n`,
        '--- LICENSE\n\nMIT of alpha\n\n--- one/LICENSE\n\nlicense of one\n\n--- two/LICENSE\n\nlicense of two\n',
      ].join('\n'),
    )
  }
})

it('takes the text that is missing from a sibling, or writes that of MIT', async () => {
  const repository = { url: 'https://example.com/both.git' }
  await write({
    ...packageOf('alpha', { license: 'Apache-2.0', repository }, { LICENSE: 'Apache of both' }),
    ...packageOf('beta', { license: 'Apache-2.0', repository }),
    ...packageOf('gamma', { license: 'MIT', author: { name: 'Gamma Author' } }),
  })
  const all = "import { alpha } from 'alpha'; import { beta } from 'beta'; import { gamma } from 'gamma'"
  const text = noticesText('ours', await bundled(`${all}; console.log(alpha(), beta(), gamma())`))
  expect(text).toContain('alpha 1.0.0 (Apache-2.0)\nbeta 1.0.0 (Apache-2.0)\n')
  expect(text.match(/Apache of both/g)).toHaveLength(1)
  expect(text).toMatch(/Copyright \(c\) Gamma Author\n[\s\S]*WITHOUT WARRANTY OF ANY KIND/)
})

it.each([
  [{ license: 'GPL-3.0-only' }, /alpha 1\.0\.0 has the license "GPL-3\.0-only"/],
  [{ license: 'MIT AND GPL-3.0-only' }, /has the license/],
  [{}, /has the license undefined/],
  [{ license: 'Apache-2.0' }, /comes without the text of its license, Apache-2\.0/],
  [{ license: 'MIT' }, /comes without the text of its license, MIT/],
])('refuses %j', async (about, message) => {
  await write(packageOf('alpha', about))
  await expect(bundled("import { alpha } from 'alpha'; console.log(alpha())")).rejects.toThrow(message)
})

it('may choose', async () => {
  await write(packageOf('alpha', { license: '(GPL-3.0-only OR MIT)' }, { COPYING: 'both' }))
  expect(await bundled("import { alpha } from 'alpha'; console.log(alpha())")).toHaveLength(1)
})
