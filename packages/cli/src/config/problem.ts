import { DomainctlError, withoutCredentials } from '@domainctl/core'
import { nearest } from '../nearest.ts'
import { shortened } from '../output/text.ts'

/** Something wrong, and the place of it in the file. */
export interface ConfigFault {
  path: readonly string[]
  error: DomainctlError
}

/** A value as an error message may show it: never of a secret, never the credentials in a URL, never long. */
export function describeValue(value: unknown, secret: boolean): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (secret) return 'another text'
  const text = JSON.stringify(typeof value === 'string' ? withoutCredentials(value) : value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** A value of the wrong type or form. `where` names the file and the path in it, or the variable, or the flag. */
export function wrongValue(where: string, expected: string, found: string): DomainctlError {
  return new DomainctlError('CONFIG_INVALID', `${where}: expected ${expected}, found ${found}.`, {
    hint: 'Correct the value; docs/guide/configuration.md lists all settings.',
  })
}

/** A key that no setting has. */
export function unknownKey(file: string, path: string, known: readonly string[]): DomainctlError {
  const key = path.slice(path.lastIndexOf('.') + 1)
  const meant = nearest(key, known)
  return new DomainctlError('CONFIG_INVALID', `${file}: ${shortened(path)} is no setting.`, {
    hint: meant === undefined ? `Settings here are ${known.join(', ')}.` : `Did you mean ${meant}?`,
  })
}
