import { DomainctlError } from '@domainctl/core'
import type { Context } from './context.ts'
import { printable } from './output/text.ts'

/** What is asked before something that cannot be taken back. */
export interface Question {
  /** `Removing`, `Revoking the certificates of`. */
  doing: string
  /** `Remove`, `Revoke the certificates of`. */
  ask: string
  /** What is said when the answer is no: `Nothing was removed.` */
  declined: string
}

/** @throws DomainctlError `USAGE` when nobody can be asked, `INTERRUPTED` when the answer is no */
export async function confirm({ io, flags }: Context, names: readonly string[], question: Question): Promise<void> {
  if (flags.yes) return
  const what = names.length === 1 ? printable(names[0] ?? '') : `${names.length} domains`
  if (flags.input === false || flags.json || !io.stdin.isTTY || !io.stderr.isTTY) {
    throw new DomainctlError('USAGE', `${question.doing} ${what} has to be confirmed, and there is nobody to ask.`, {
      hint: 'Repeat with --yes.',
    })
  }
  const { createInterface } = await import('node:readline/promises')
  const prompt = createInterface({ input: io.stdin, output: io.stderr })
  const answer = await new Promise<string>((resolve) => {
    // The end of the input, Ctrl-C and a signal are no answer, and no answer is a no; one that was typed before comes first.
    prompt.once('close', () => setImmediate(resolve, ''))
    prompt.question(`${question.ask} ${what}? [y/N] `, { signal: io.signal }).then(resolve, () => resolve(''))
  }).finally(() => prompt.close())
  if (/^y(es)?$/i.test(answer.trim())) return
  throw new DomainctlError('INTERRUPTED', question.declined, { hint: 'Answer y to go on, or repeat with --yes.' })
}
