import { DomainctlError } from '@domainctl/core'
import { nearest } from './nearest.ts'
import { shortened, wrap } from './output/text.ts'

/** A code has an underscore, or no small letter; commands have neither. */
const CODE = /^(?:[A-Z0-9]+|\w+_\w+)$/

/** The code in `help CODE`, or undefined where something else is asked for. */
export function codeAskedFor(argv: readonly string[]): string | undefined {
  const [help, word = '', ...more] = argv.filter((argument) => !argument.startsWith('-'))
  return help === 'help' && more.length === 0 && CODE.test(word) ? word.toUpperCase() : undefined
}

/**
 * What an error or a finding of this code means, and what to do: docs/errors.md for those who have the command alone.
 * @throws DomainctlError `USAGE` for a code that there is not
 */
export async function codeHelp(code: string, columns: number): Promise<string> {
  const { EXPLAINED } = await import('./explained-codes.gen.ts')
  const paragraphs = Object.hasOwn(EXPLAINED, code) ? EXPLAINED[code] : undefined
  if (paragraphs === undefined) {
    const meant = nearest(code, Object.keys(EXPLAINED))
    throw new DomainctlError('USAGE', `There is no code ${shortened(code)}.`, {
      hint: meant === undefined ? 'The code stands in the last line of an error.' : `Did you mean ${meant}?`,
    })
  }
  return [code, ...paragraphs].map((text) => wrap(text, columns).join('\n')).join('\n\n')
}
