import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Block, blocksOf, pages, ROOT } from './markdown.ts'

/** Made from examples that are type-checked where they stand, and from declarations that the compiler wrote. */
const MADE_FROM_TYPED = /^docs\/(?:providers\/writing\.md|api\/)/

/** What a piece of a program takes from what stands before it. */
const BEFORE: Readonly<Record<string, string>> = {
  domainctl: "import('@domainctl/core').Domainctl",
  sandbox: "import('@domainctl/sandbox').Sandbox",
  signal: 'AbortSignal',
}

/**
 * What a page leaves to its reader: names (TS2304, and TS18004 for `{ name }`), files beside it and packages that are not here (TS2307),
 * and what such names make of the parameters of a callback (TS7006).
 */
const LEFT_TO_READERS = /error TS(?:2304|2552|18004|2307|7006|7031):/

/** What is wrong with programs, by the place that they stand at. */
function faultsOf(blocks: readonly Block[]): string[] {
  // Below the workspace, whose packages it imports.
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const options = {
    target: 'es2024',
    lib: ['es2024'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...options, allowImportingTsExtensions: true } }),
  )
  const starts = blocks.map((block, i) => {
    const before = Object.entries(BEFORE)
      .filter(([name]) => !new RegExp(`(?:const|let|function) (?:\\{[^}]*\\b)?${name}\\b`).test(block.text))
      .map(([name, type]) => `declare const ${name}: ${type}\n`)
    writeFileSync(join(folder, `block-${i}.ts`), `${before.join('')}export {}\n${block.text}`)
    return block.line - before.length - 2
  })
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
  return stdout
    .split('\n')
    .filter((line) => /error TS\d+/.test(line) && !LEFT_TO_READERS.test(line))
    .map((line) => {
      const [, i, row] = /block-(\d+)\.ts\((\d+),/.exec(line) ?? []
      const block = blocks[Number(i)]
      return block
        ? `${block.at.replace(/:\d+$/, '')}:${Number(row) + (starts[Number(i)] ?? 0)} ${line.replace(/^.*?: /, '')}`
        : line
    })
}

it('the programs of the pages have the right types', () => {
  const programs = pages()
    .flatMap(blocksOf)
    .filter(({ at, language }) => language === 'ts' && !MADE_FROM_TYPED.test(at))
  expect(programs.length).toBeGreaterThan(8)
  const text = "await domainctl.isue('shop.example.com')\nawait domainctl.issue('shop.example.com', { provder: 'x' })\n"
  const wrong = { at: 'wrong.md:1', line: 2, language: 'ts', text }
  const faults = faultsOf([...programs, wrong])
  expect(faults).toEqual([
    expect.stringMatching(/^wrong\.md:2 error TS\d+: .*isue/),
    expect.stringMatching(/^wrong\.md:3 error TS\d+: .*provder/),
  ])
})
