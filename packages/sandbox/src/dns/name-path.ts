import { labelsOf } from './wire-name.ts'

/** The name one label up; the root's is the root. Escaped dots separate nothing. */
export function parentOf(name: string): string {
  return name.replace(/^(?:\\\d{3}|\\.|[^.\\])+\.?/s, '')
}

/** A name made of two, the second of which may be the root. */
export function joined(left: string, right: string): string {
  return left === '' || right === '' ? left + right : `${left}.${right}`
}

/** The name itself, its parent and so on, the root last. */
export function ancestryOf(name: string): string[] {
  const names = ['']
  for (const label of labelsOf(name).toReversed()) names.unshift(joined(label, names[0] ?? ''))
  return names
}
