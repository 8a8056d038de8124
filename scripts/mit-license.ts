import { readFileSync } from 'node:fs'

/** The MIT License, which is domainctl's own too, with the copyright of somebody else. */
export function mitOf(author: string): string {
  const own = readFileSync(new URL('../LICENSE', import.meta.url), 'utf8').trim()
  const theirs = own.replace(/^Copyright .*$/m, `Copyright (c) ${author}`)
  if (theirs === own || !own.startsWith('MIT License')) throw new Error('LICENSE is not the MIT License with a copyright line')
  return theirs
}
