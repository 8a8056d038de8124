import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'
import { assertBounded } from './bounded-content.ts'

/** Nine to the power of ten values, in some 600 characters. */
const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
for (const [i, name] of [...'bcdefghij'].entries())
  bomb.push(`${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(', ')}]`)
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`

it.each([
  [
    'aliases of aliases',
    'c.yaml',
    ['providers:', '  p:', '    type: ./p.js', ...bomb.map((line) => `    ${line}`)].join('\n'),
    /aliases/,
  ],
  ['a circle', 'c.yaml', 'zones: &z\n  a.example: *z\n', /nested/],
  ['brackets in JSON', 'c.json', `{"email": ${deep(100_000)}}`, /nested/],
  ['brackets in YAML', 'c.yaml', `email: ${deep(20_000)}`, /nest/],
  ['dashes in YAML', 'c.yaml', `email:\n  ${'- '.repeat(20_000)}x`, /nest/],
  ['a large file', 'c.yaml', `# ${'x'.repeat(4 * 1024 * 1024)}`, /larger than 4 MiB/],
])('a configuration of %s is refused by config check and by all others', async (_, file, content, said) => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, file), content)
  for (const argv of [['config', 'check'], ['config', 'show'], ['list']]) {
    const ran = await runIn(folder, [...argv, '--config', file])
    expect(ran.code).toBe(2)
    expect(ran.stdout + ran.stderr).toMatch(said)
  }
})

it('takes whatever JSON of ordinary depth there is, and what aliases repeat a little', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 20 }), (value) => {
      expect(() => assertBounded(value, JSON.stringify(value).length)).not.toThrow()
    }),
  )
  const shared = { folder: '/x', names: ['a', 'b'] }
  expect(() => assertBounded(Array(1000).fill(shared), 100)).not.toThrow()
})
