import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import type { Found } from './power-cuts.ts'

/** Puts what was found into an empty folder. */
export function layOut(found: ReadonlyMap<string, Found>, folder: string): void {
  for (const [name, entry] of found) {
    const path = join(folder, name)
    if (entry instanceof Map) {
      mkdirSync(path, { mode: 0o700 })
      layOut(entry, path)
    } else if (Buffer.isBuffer(entry)) writeFileSync(path, entry, { mode: 0o600 })
    else if ('target' in entry) symlinkSync(entry.target, path)
  }
}

/** The bytes of a file, behind all links; null where there is none. */
export function fileIn(found: ReadonlyMap<string, Found>, path: string, links = 0): Buffer | null {
  const parts = normalize(path).split('/')
  let at: Found | undefined = found
  for (const [depth, part] of parts.entries()) {
    if (!(at instanceof Map)) return null
    at = at.get(part)
    if (at && !(at instanceof Map) && !Buffer.isBuffer(at) && 'target' in at) {
      if (links > 8) return null
      return fileIn(found, join(...parts.slice(0, depth), at.target, ...parts.slice(depth + 1)), links + 1)
    }
  }
  return Buffer.isBuffer(at) ? at : null
}
