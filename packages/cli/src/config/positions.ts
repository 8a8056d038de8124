import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** Where something stands in a file; both count from 1. */
export interface Position {
  line: number
  column: number
}

/** The places of a file in YAML or JSON, which is YAML as well. */
export interface Positions {
  /** Where the key of this path stands, or else the nearest one above it; undefined for the top. */
  of(path: readonly string[]): Position | undefined
  /** Where it cannot be parsed; undefined when it can. */
  unparsed: Position | undefined
}

export function positionsIn(text: string): Positions {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, strict: false, logLevel: 'silent' })
  const positionAt = (offset: number | undefined): Position | undefined => {
    if (offset === undefined) return undefined
    const { line, col: column } = lineCounter.linePos(offset)
    return { line, column }
  }
  return {
    of: (path) => positionAt(offsetOf(document.contents, path)),
    unparsed: positionAt(document.errors[0]?.pos[0]),
  }
}

/** Of an alias nothing below it is looked for: it stands elsewhere. */
function offsetOf(top: Node | null, path: readonly string[]): number | undefined {
  let node: unknown = top
  let found: number | undefined
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key)
      if (!pair || !isScalar(pair.key)) return found
      found = pair.key.range?.[0] ?? found
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      found = isNode(node) ? (node.range?.[0] ?? found) : found
    } else return found
  }
  return found
}

function isNode(node: unknown): node is Node {
  return isMap(node) || isSeq(node) || isScalar(node)
}
