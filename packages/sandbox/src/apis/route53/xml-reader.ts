import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { invalidXml } from './refusal.ts'

/** An element that was read: text, or the elements in it, each by its name and in their order. */
export type ReadElement = string | ReadonlyMap<string, readonly ReadElement[]>

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
})

/**
 * Reads a document whose root has this name.
 * @throws Route53Refusal `InvalidInput`
 */
export function readXml(text: string, root: string): ReadElement {
  // No client sends one, and what entities it declares is nobody's business.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw invalidXml('a document type is not allowed')
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw invalidXml(valid.err.msg)
  const found = elementsOf(parsed(text)).get(root)?.[0]
  if (found === undefined) throw invalidXml(`the root element is not ${root}`)
  return found
}

/** The parser has more against a document than the validator, such as names that mean something in JavaScript. */
function parsed(text: string): unknown {
  try {
    return parser.parse(text)
  } catch (error) {
    throw invalidXml(error instanceof Error ? error.message : String(error))
  }
}

/** What the parser makes of an element: `[{ Name: [...] }, { '#text': '…' }]`. */
function elementsOf(nodes: unknown): Map<string, ReadElement[]> {
  const elements = new Map<string, ReadElement[]>()
  for (const node of Array.isArray(nodes) ? nodes : []) {
    for (const [name, inner] of Object.entries(node)) {
      if (name.startsWith('#') || name.startsWith(':')) continue
      const within = elementsOf(inner)
      elements.set(name, [...(elements.get(name) ?? []), within.size > 0 ? within : innerText(inner)])
    }
  }
  return elements
}

function innerText(nodes: unknown): string {
  if (!Array.isArray(nodes)) return ''
  const text = nodes.map((node: object) => ('#text' in node ? String(node['#text']) : '')).join('')
  return text.replace(/&([^;]*);/g, (_, entity: string) => characterOf(entity))
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The entities that every XML has (XML 1.0 §4.6), and characters by their number. */
function characterOf(entity: string): string {
  const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(entity) ?? []
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const character = code <= 0x10ffff ? String.fromCodePoint(code) : Object.hasOwn(NAMED, entity) ? NAMED[entity] : undefined
  if (character === undefined) throw invalidXml(`the entity "${entity}" was referenced, but not declared`)
  return character
}
