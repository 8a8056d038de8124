import { DomainctlError } from '@domainctl/core'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure, nextAfterRemove } from '../next.ts'
import { takenBackLines } from '../output/applied.ts'
import { shownName } from '../output/domain.ts'
import { printable } from '../output/text.ts'
import { zoneLine } from '../output/zone-file.ts'

export interface RemoveFlags extends Omit<NameFlags, 'all'> {
  abandonRecords?: boolean
}

/** `remove NAME…`: takes our records away and puts the domains into quarantine. */
export async function remove(context: Context, typed: string[], flags: RemoveFlags): Promise<number> {
  const names = await namesFor(context, typed, flags)
  await confirm(context, names)
  const { paint } = context.output
  const how = flags.abandonRecords ? { abandon: true } : {}
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const { domain, removed, restored, late, leftToOthers, warnings } = await domainctl.remove(name, { ...how, ...o })
      const next = nextAfterRemove(domain, { isLate: late.length > 0 })
      return { domain, removed, restored, late, leftToOthers, warnings, next }
    },
    afterFailure: (name, error) => nextAfterFailure('remove', name, error),
    describe: (result) => {
      if (!('removed' in result)) return []
      const { domain, leftToOthers } = result
      const lines = [
        `${paint('good', '✔')} ${shownName(domain)} is removed; for 7 days somebody else gets the name only with a fresh ownership record.`,
      ]
      lines.push(...takenBackLines(result, paint))
      if (leftToOthers.length > 0)
        lines.push('  These records, made by others, can go now:', ...leftToOthers.map((record) => `    ${zoneLine(record)}`))
      return lines
    },
  })
}

/** @throws DomainctlError `USAGE` when nobody can be asked, `INTERRUPTED` when the answer is no */
async function confirm({ io, flags }: Context, names: string[]): Promise<void> {
  if (flags.yes) return
  const what = names.length === 1 ? printable(names[0] ?? '') : `${names.length} domains`
  if (flags.input === false || flags.json || !io.stdin.isTTY || !io.stderr.isTTY) {
    throw new DomainctlError('USAGE', `Removing ${what} has to be confirmed, and there is nobody to ask.`, {
      hint: 'Repeat with --yes.',
    })
  }
  const { createInterface } = await import('node:readline/promises')
  const prompt = createInterface({ input: io.stdin, output: io.stderr })
  const answer = await new Promise<string>((resolve) => {
    // The end of the input, Ctrl-C and a signal are no answer, and no answer is a no; one that was typed before comes first.
    prompt.once('close', () => setImmediate(resolve, ''))
    prompt.question(`Remove ${what}? [y/N] `, { signal: io.signal }).then(resolve, () => resolve(''))
  }).finally(() => prompt.close())
  if (/^y(es)?$/i.test(answer.trim())) return
  throw new DomainctlError('INTERRUPTED', 'Nothing was removed.', { hint: 'Answer y to remove, or repeat with --yes.' })
}
