import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NewFile } from './replace-files.ts'

const FILES = ['privkey.pem', 'cert.pem', 'chain.pem', 'fullchain.pem']

/** A set that says in each of its files which one it is. */
export function setOf(generation: number | string): NewFile[] {
  return FILES.map((file) => ({
    file,
    content: `${generation} ${file}\n`.repeat(100),
    mode: file === 'privkey.pem' ? 0o600 : 0o644,
  }))
}

/** Which set the files of a folder are of; `mixed: …` for a part of one and of another. */
export async function generationOf(folder: string): Promise<string> {
  const texts = await Promise.all(FILES.map((file) => readFile(join(folder, file), 'utf8')))
  const generations = new Set(
    texts.map((text, i) => {
      const [generation] = text.split(' ', 1)
      return text === `${generation} ${FILES[i]}\n`.repeat(100) ? generation : `part of ${generation}`
    }),
  )
  return generations.size === 1 ? [...generations].join('') : `mixed: ${[...generations].join(', ')}`
}
