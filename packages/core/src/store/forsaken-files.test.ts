import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { removeForsaken } from './forsaken-files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'domainctl-forsaken-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const now = new Date('2026-11-22T10:00:00Z')
function write(name: string, age: number): void {
  writeFileSync(join(folder, name), '')
  const at = new Date(now.getTime() - age)
  utimesSync(join(folder, name), at, at)
}

it('removes what was made by one of us alone, however a file of somebody else begins', () => {
  const long = 3 * 3_600_000
  for (const name of ['0123456789ab', '0123456789ab-wal', 'of.mp4', '0123456789abc', '0123456789ab.txt', ''])
    write(`state.db.making-${name}`, long)
  write('state.db.making-ba9876543210', 1000)
  removeForsaken(join(folder, 'state.db.making-'), { now: now.getTime() })
  expect(readdirSync(folder).sort()).toEqual([
    'state.db.making-',
    'state.db.making-0123456789ab.txt',
    'state.db.making-0123456789abc',
    'state.db.making-ba9876543210',
    'state.db.making-of.mp4',
  ])
})

it('leaves all of it where it cannot look: who comes after it says what is wrong with a folder', () => {
  expect(() => removeForsaken(join(folder, 'nowhere', 'state.db.making-'), { now: now.getTime() })).not.toThrow()
})
