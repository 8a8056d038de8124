import { hash } from 'node:crypto'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Disk } from './disk.ts'
import { type Operation, SHARED_MEMORY } from './operations.ts'
import { type Found, foundAfter } from './power-cuts.ts'

/** What the model has when nothing is lost, one line for each file: the same as {@link inReality} where the log left nothing out. */
export function inModel(operations: readonly Operation[]): string[] {
  const disk = new Disk('posix')
  for (const operation of operations) disk.apply(operation)
  return linesOf(
    foundAfter(
      disk,
      disk.pending.map(() => 'kept'),
    ),
  )
}

export async function inReality(folder: string): Promise<string[]> {
  return linesOf(await read(folder))
}

async function read(folder: string): Promise<Map<string, Found>> {
  const found = new Map<string, Found>()
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.set(entry.name, await read(path))
    else found.set(entry.name, entry.isSymbolicLink() ? { target: await readlink(path) } : await readFile(path))
  }
  return found
}

function linesOf(found: ReadonlyMap<string, Found>, at = ''): string[] {
  return [...found]
    .filter(([name]) => !SHARED_MEMORY.test(name))
    .flatMap(([name, entry]) => {
      if (entry instanceof Map) return [`${at}${name}/`, ...linesOf(entry, `${at}${name}/`)]
      if (Buffer.isBuffer(entry)) return [`${at}${name}: ${entry.length} bytes, ${hash('sha256', entry)}`]
      return [`${at}${name} -> ${'target' in entry ? entry.target : ''}`]
    })
    .sort()
}
