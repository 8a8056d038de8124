import type { Answer } from './answer.ts'

/** The targets of this relation in the Link header of an answer (RFC 8288), in their order; what is no URL is left out. */
export function linksOf({ headers, url }: Pick<Answer, 'headers' | 'url'>, relation: string): string[] {
  // <target>; parameter; rel="one or more relations", <target>; …
  return Array.from((headers.link ?? '').matchAll(/<([^>]*)>([^<]*)/g)).flatMap(([, target = '', parameters = '']) => {
    const isMeant = parameters.split(/[;,]/).some((parameter) => relationsOf(parameter).includes(relation))
    return isMeant && URL.canParse(target, url) ? [new URL(target, url).href] : []
  })
}

// By hand: an expression that skips blanks around what may be blanks takes the cube of what a CA sends.
function relationsOf(parameter: string): string[] {
  const [name = '', ...value] = parameter.split('=')
  if (name.trim().toLowerCase() !== 'rel') return []
  const text = value.join('=').trim().replace(/^"/, '').replace(/"$/, '')
  return text.includes('"') ? [] : text.toLowerCase().split(/\s+/)
}
