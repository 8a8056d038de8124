import { describe, expect, test } from 'vitest'
import { seeded } from '../../lifecycle/seeded.ts'
import { Disk, type DiskModel } from './disk.ts'
import { fileIn } from './found-folder.ts'
import type { Operation } from './operations.ts'
import { foundAfter, powerCuts } from './power-cuts.ts'

type Step = Operation extends infer O ? (O extends Operation ? Omit<O, 'begun' | 'ended'> : never) : never

const make = (path: string): Step => ({ kind: 'open', path, makes: true, empties: false })
const write = (path: string, text: string, at: number | null = null): Step => ({
  kind: 'write',
  path,
  at,
  data: Buffer.from(text),
})
const sync = (path: string): Step => ({ kind: 'sync', path })
const rename = (from: string, to: string): Step => ({ kind: 'rename', from, to })

/** All that may be found of these files after a power cut behind these steps. */
function found(model: DiskModel, steps: Step[], ...files: string[]): string[] {
  const disk = new Disk(model)
  for (const [at, step] of steps.entries()) disk.apply({ ...step, begun: at, ended: at })
  const cuts = powerCuts(disk, 500, seeded(1))
  const seen = cuts.map((cut) =>
    files.map((file) => fileIn(foundAfter(disk, cut), file)?.toString().replaceAll('\0', '0') ?? '-'),
  )
  return [...new Set(seen.map((texts) => texts.join(' ')))].sort()
}

describe('POSIX', () => {
  test('promises nothing without a sync', () => {
    expect(found('posix', [make('a'), write('a', 'old')], 'a')).toEqual(['', '-', '000', 'old'])
  })

  test('keeps what a file holds, not its name', () => {
    expect(found('posix', [make('a'), write('a', 'old'), sync('a')], 'a')).toEqual(['-', 'old'])
    expect(found('posix', [make('a'), write('a', 'old'), sync('a'), sync('')], 'a')).toEqual(['old'])
  })

  test('keeps the name, not what the file holds', () => {
    expect(found('posix', [make('a'), write('a', 'old'), sync('')], 'a')).toEqual(['', '000', 'old'])
  })

  test('loses a folder with all that is in it', () => {
    const steps = [{ kind: 'mkdir', path: 'd' } as const, make('d/a'), write('d/a', 'old'), sync('d/a'), sync('d')]
    expect(found('posix', steps, 'd/a')).toEqual(['-', 'old'])
  })

  test('replaces by a rename as a whole, and two names in any order', () => {
    const before = [make('a'), write('a', 'old'), sync('a'), make('b'), write('b', 'new'), sync('b'), sync('')]
    expect(found('posix', [...before, rename('b', 'a')], 'a', 'b')).toEqual(['new -', 'old new'])
    expect(found('posix', [...before, make('c'), make('d')], 'c', 'd')).toEqual([' ', ' -', '- ', '- -'])
  })

  test('writes in any order', () => {
    const before = [make('a'), write('a', '....'), sync('a'), sync('')]
    expect(found('posix', [...before, write('a', '1', 0), write('a', '2', 3)], 'a')).toEqual(['....', '...2', '1...', '1..2'])
  })

  test('tears what crosses a sector', () => {
    const torn = found('posix', [make('a'), sync(''), write('a', 'x'.repeat(1500))], 'a')
    expect(torn.sort()).toEqual(['', '0'.repeat(1500), ...[512, 1024, 1500].map((size) => 'x'.repeat(size))])
  })

  test('knows a file by all its names, and removes only one of them', () => {
    const steps: Step[] = [
      make('a'),
      { kind: 'link', from: 'a', to: 'b' },
      write('b', 'x'),
      { kind: 'remove', path: 'a' },
      sync('b'),
      sync(''),
    ]
    expect(found('posix', steps, 'a', 'b')).toEqual(['- x'])
  })

  test('has in a sync only what had ended when it began', () => {
    const disk = new Disk('posix')
    disk.apply({ ...make('a'), begun: 0, ended: 0 })
    disk.apply({ ...write('a', 'x'), begun: 1, ended: 3 })
    disk.apply({ ...sync('a'), begun: 2, ended: 4 })
    expect(disk.pending.map(({ kind }) => kind)).toEqual(['names', 'bytes'])
  })
})

describe('a journal', () => {
  test('keeps names in their order, and with any sync', () => {
    const before = [make('a'), write('a', 'old'), sync('a')]
    expect(found('journaled', before, 'a')).toEqual(['old'])
    expect(found('journaled', [...before, make('c'), make('d')], 'c', 'd')).toEqual([' ', ' -', '- -'])
  })

  test('may replace a file by one whose bytes never came', () => {
    const before = [make('a'), write('a', 'old'), sync('a'), sync('')]
    expect(found('journaled', [...before, make('b'), write('b', 'new'), rename('b', 'a')], 'a')).toContain('')
  })
})

test('through links that lead to a folder', () => {
  const steps: Step[] = [
    { kind: 'mkdir', path: 'one' },
    { kind: 'symlink', path: 'set', target: 'one' },
    { kind: 'symlink', path: 'a', target: 'set/a' },
    make('set/a'),
    write('one/a', 'x'),
    ...['one/a', 'one', ''].map(sync),
  ]
  expect(found('posix', steps, 'a')).toEqual(['x'])
})
