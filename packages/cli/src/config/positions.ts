import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml'

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
  const pairs = new Map<YAMLMap, Map<string, Pair>>()
  // A mapping of ten thousand keys is read once, not once for each of its faults.
  const pairOf = (map: YAMLMap, key: string) => {
    const known = pairs.get(map) ?? new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]))
    pairs.set(map, known)
    return known.get(key)
  }
  return {
    of: (path) => positionAt(offsetOf(document.contents, path, pairOf)),
    unparsed: positionAt(document.errors[0]?.pos[0]),
  }
}

/** Of an alias nothing below it is looked for: it stands elsewhere. */
function offsetOf(
  top: Node | null,
  path: readonly string[],
  pairOf: (map: YAMLMap, key: string) => Pair | undefined,
): number | undefined {
  let node: unknown = top
  let found: number | undefined
  for (const key of path) {
    if (isMap(node)) {
      const pair = pairOf(node, key)
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
