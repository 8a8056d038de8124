const NAMESPACE = 'https://route53.amazonaws.com/doc/2013-04-01/'

/** An element by its name; one whose content is undefined is left out. */
export type XmlElement = readonly [name: string, content: XmlContent]

type XmlContent = string | number | boolean | undefined | readonly XmlElement[]

/** A document of Route 53. */
export function xmlDocument([name, content]: XmlElement): string {
  return `<?xml version="1.0"?>\n<${name} xmlns="${NAMESPACE}">${textOf(content)}</${name}>`
}

function textOf(content: XmlContent): string {
  if (typeof content === 'object') {
    return content.map(([name, inner]) => (inner === undefined ? '' : `<${name}>${textOf(inner)}</${name}>`)).join('')
  }
  return String(content ?? '').replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
