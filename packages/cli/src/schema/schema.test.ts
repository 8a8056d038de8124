import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'
import { COMMANDS } from '../command-table.ts'
import { checkOutput, faultOf } from './checked-output.test.support.ts'
import { DOCUMENTS } from './documents.ts'
import { LINES } from './lines.ts'
import { schemaFiles } from './published.ts'
import { closed } from './shape.ts'

describe('the schemas', () => {
  it('are there for every command, and for nothing else', () => {
    const names = COMMANDS.map(({ name }) => name).sort()
    expect(Object.keys(DOCUMENTS).sort()).toEqual(names)
    expect(names).toEqual(expect.arrayContaining(Object.keys(LINES)))
    const silent = names.filter((name) => DOCUMENTS[name] === null && !LINES[name])
    expect(silent).toEqual(['sandbox exec'])
  })

  it('are of documents that docs/guide/json.md tells of', async () => {
    const guide = await readFile(new URL('../../../../docs/guide/json.md', import.meta.url), 'utf8')
    const untold = COMMANDS.filter(({ name }) => !new RegExp(`\`${name.replace(/ (?:bash|zsh|fish)$/, ' bash')}\\b`).test(guide))
    expect(untold.map(({ name }) => name)).toEqual([])
  })

  it('refuse a document with one thing changed, at every place of it', async () => {
    const folder = await temporaryFolder()
    const added = await runIn(folder, ['add', 'shop.example.com', '--target', 'edge.example.net', '--label', 'a=b', '--json'])
    const listed = await runIn(folder, ['list', '--json'])
    for (const [argv, ran] of [
      [['add', 'shop.example.com', '--json'], added],
      [['list', '--json'], listed],
    ] as const) {
      expect(() => checkOutput(argv, ran.stdout)).not.toThrow()
      const changes = changed(ran.json())
      expect(changes.length).toBeGreaterThan(40)
      for (const { where, value } of changes) {
        expect(() => checkOutput(argv, JSON.stringify(value)), where).toThrow(/docs\/schema|one JSON document|no error/)
      }
    }
  })

  it('take what a later version may add, but for the tests', () => {
    const error = { code: 'USAGE', message: 'm', hint: 'h', actor: 'operator', docs: 'd', since: 'later' }
    expect(faultOf('error.json', { error })).toMatch(/additional properties.*since/)
    expect(JSON.stringify(schemaFiles().get('error.json'))).not.toContain('additionalProperties')
    expect(JSON.stringify(closed(schemaFiles().get('error.json') ?? {}))).toContain('"additionalProperties":false')
  })

  it.each([
    [['list', '--json'], ''],
    [['list', '--json'], '{}'],
    [['list', '--json'], '{"domains":[],"next":null}\n{"domains":[],"next":null}\n'],
    [['list', '--json', '--limit', '5'], '{"domains":[],"next":5}'],
    [['frobnicate', '--json'], '{"domains":[],"next":null}'],
    [['--json', '--state', 'file:list.db', 'show', 'x.example'], '{"domains":[],"next":null}'],
    [['run'], '{"at":"2026-11-20T09:15:00.000Z","level":"info","event":"begun"}\n'],
    [['audit', '--jsonl'], '{"seq":1}\n'],
    [['sandbox', 'start'], '{"event":"ready","env":{"A":1}}\n'],
    [['check', '--json'], '{"domains":[{}]}'],
  ])('of %j refuse %s', (argv, stdout) => {
    expect(() => checkOutput(argv, stdout)).toThrow(`domainctl ${argv.join(' ')}`)
  })
})

interface Change {
  where: string
  value: unknown
}

/** The document with each of its values in turn of another type, and each object with a property too many. */
function changed(value: unknown, where = ''): Change[] {
  const other = { where: `${where} of another type`, value: typeof value === 'number' ? 'text' : 17 }
  if (Array.isArray(value)) {
    const inside = value.flatMap((item, i) =>
      changed(item, `${where}/${i}`).map((change) => ({ ...change, value: value.with(i, change.value) })),
    )
    return [other, ...inside]
  }
  if (typeof value !== 'object' || value === null) return [other]
  const entries = Object.entries(value)
  const inside = entries.flatMap(([key, item]) =>
    // Anything may be a label.
    changed(item, `${where}/${key}`).map((change) => ({ ...change, value: { ...value, [key]: change.value } })),
  )
  const more = where.endsWith('labels') ? [] : [{ where: `${where} with more`, value: { ...value, more: 1 } }]
  return [other, ...more, ...inside]
}
