import type { Answer } from './answer.ts'

/** The targets of this relation in the Link header of an answer (RFC 8288), in their order; what is no URL is left out. */
export function linksOf({ headers, url }: Pick<Answer, 'headers' | 'url'>, relation: string): string[] {
  // <target>; parameter; rel="one or more relations", <target>; …
  return Array.from((headers.link ?? '').matchAll(/<([^>]*)>([^<]*)/g)).flatMap(([, target = '', parameters = '']) => {
    const relations = parameters.split(/[;,]/).map((parameter) => /^\s*rel\s*=\s*"?([^"]*)"?\s*$/i.exec(parameter)?.[1] ?? '')
    const isMeant = relations.some((text) => text.toLowerCase().split(/\s+/).includes(relation))
    return isMeant && URL.canParse(target, url) ? [new URL(target, url).href] : []
  })
}
