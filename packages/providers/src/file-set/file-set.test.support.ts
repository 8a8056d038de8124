import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { seeded } from '../../../../lifecycle/seeded.ts'
import { placePlain, placeSet } from './file-set.ts'
import { generationOf, setOf } from './file-set-content.test.support.ts'
import { temporaryFolder } from './temporary-folder.test.support.ts'

export { generationOf, setOf }

const CHILD = fileURLToPath(new URL('file-set.test.child.ts', import.meta.url))
const SOURCES = new URL('../../../cli/src/from-sources.test.support.ts', import.meta.url).href

export const modeOf = async (path: string) => (await stat(path)).mode & 0o777
export const setsIn = async (folder: string) => (await readdir(folder)).filter((name) => /^\.domainctl-set-/.test(name)).sort()
export const visible = async (folder: string) => (await readdir(folder)).filter((name) => !name.startsWith('.')).sort()

export async function placePlainFiles(folder: string, generation: number | string): Promise<void> {
  for (const { file, content, mode } of setOf(generation)) await writeFile(join(folder, file), content, { mode })
}

/** Makes all sets older than any that may still be in use. */
export async function age(folder: string): Promise<void> {
  const { mtimeMs } = await stat(folder)
  for (const name of await setsIn(folder)) await utimes(join(folder, name), mtimeMs / 1000, mtimeMs / 1000 - 601)
}

/** The child at its work, once it has said so many lines. */
export async function start(verb: 'place' | 'read', folder: string, lines = 1) {
  const child = spawn(process.execPath, ['--import', SOURCES, CHILD, verb, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const said = text(child.stdout)
  for (let seen = 0; seen < lines && child.exitCode === null; ) {
    const [chunk] = await Promise.race([once(child.stdout, 'data'), ended])
    seen += String(chunk).split('\n').length - 1
  }
  return { child, ended, said }
}

/** Kills so many processes that place sets, at moments by chance; plain files are there before every third of them. */
export async function surviveKills(kills: number): Promise<void> {
  const folder = await temporaryFolder()
  const chances = seeded(20_261_121)
  let placed = 0
  for (let kill = 0; kill < kills; kill++) {
    if (kill % 3 === 0) await placePlain(folder, setOf(kill))
    // While it makes its first set, or a later one.
    const { child, ended } = await start('place', folder, chances.between(1, 3))
    const until = chances.between(0, 30)
    await new Promise((resolve) => setTimeout(resolve, until))
    child.kill('SIGKILL')
    await ended
    const generation = await generationOf(folder)
    expect(generation).toMatch(/^\d+$/)
    if (Number(generation) > kills) placed++
  }
  expect(placed).toBeGreaterThan(0)
  await age(folder)
  await placeSet(folder, setOf('last'))
  expect(await generationOf(folder)).toBe('last')
  expect((await setsIn(folder)).length).toBeLessThanOrEqual(2)
  expect(await visible(folder)).toEqual(['cert.pem', 'chain.pem', 'fullchain.pem', 'privkey.pem'])
}
