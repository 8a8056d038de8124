const DOT = 0x2e
const BACKSLASH = 0x5c

/** Where the label ends that begins at a place of a name. Escaped dots separate nothing (RFC 1035 §5.1). */
export function endOfLabel(name: string, start: number): number {
  for (let at = start; at < name.length; at++) {
    const code = name.charCodeAt(at)
    if (code === DOT) return at
    // Whatever follows, be it the first of three digits, is no dot that separates.
    if (code === BACKSLASH) at++
  }
  return name.length
}

/** The name one label up; the root's is the root. */
export function parentOf(name: string): string {
  return name.slice(endOfLabel(name, 0) + 1)
}

/** A name made of two, the second of which may be the root. */
export function joined(left: string, right: string): string {
  return left === '' || right === '' ? left + right : `${left}.${right}`
}

/** The name itself, its parent and so on, the root last. */
export function ancestryOf(name: string): string[] {
  const names = [name]
  for (let at = name; at !== ''; names.push(at)) at = parentOf(at)
  return names
}
