import { DomainctlError } from '@domainctl/core'
import { DEEPEST } from './bounded-content.ts'
import { firstLine } from './first-line.ts'

/**
 * Lists and mappings as they are at this moment. What reads them later meets no accessor of somebody's code that throws, and no depth
 * that the stack has no room for.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export function plainContent(content: unknown, shown: string): unknown {
  try {
    return copied(content, 0)
  } catch (cause) {
    throw new DomainctlError('CONFIG_INVALID', `The configuration file ${shown} cannot be read: ${firstLine(cause)}.`, {
      hint: 'It has to consist of texts, numbers, lists and mappings.',
      cause,
    })
  }
}

function copied(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) throw new Error(`it is nested more than ${DEEPEST} deep, or contains itself`)
  if (Array.isArray(value)) return value.map((item) => copied(item, depth + 1))
  if (typeof value !== 'object' || value === null || !isMapping(value)) return value
  // Not by assignment: `__proto__` is a key as any other, and is refused as one.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item, depth + 1)]))
}

/** Others, such as dates, have what they say elsewhere than in their keys. */
function isMapping(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.keys(value).length > 0
}
