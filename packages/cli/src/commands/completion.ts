import type { CommandRow } from '../command-row.ts'
import { commonOptions } from '../common-options.ts'
import { type KnownNames, offerFor } from '../completion/candidates.ts'
import { readTypedLine } from '../completion/command-line.ts'
import { SCRIPTS, type Shell } from '../completion/scripts.ts'
import { type Context, createContext, type Surroundings } from '../context.ts'

/** More names than anybody reads through; a shell that shows them asks before. */
const MOST_NAMES = 200

/** `completion bash|zsh|fish`: the script for that shell. */
export function completionScript({ output }: Surroundings, shell: Shell): number {
  if (output.json) output.document({ shell, script: SCRIPTS[shell] })
  else output.print(SCRIPTS[shell].trimEnd())
  return 0
}

/**
 * `completion answer -- WORDS…`: what the scripts ask at each press of the key. Says nothing of what is wrong: nobody reads an error
 * message in the middle of a line that is being typed, and without a state there are no names to offer.
 */
export async function completionAnswer(
  { io, output }: Surroundings,
  typed: readonly string[],
  rows: readonly CommandRow[],
): Promise<number> {
  const table = { common: commonOptions(), rows }
  const line = readTypedLine(typed, table)
  const flags = Object.fromEntries(
    table.common.flatMap((option) => {
      const value = line?.given.get(option.long ?? '')
      return value === undefined ? [] : [[option.attributeName(), option.parseArg ? [value] : value]]
    }),
  )
  let opening: Promise<Context> | undefined
  const context = () => (opening ??= createContext(io, output, flags, { readOnly: true }))
  try {
    const offer = await offerFor(typed, table, knownNames(context))
    if (output.json) output.document(offer)
    else if ('files' in offer) output.print(':files')
    else for (const { value, about } of offer.candidates) output.print(about === undefined ? value : `${value}\t${about}`)
  } catch {
    if (output.json) output.document({ candidates: [] })
  } finally {
    await (await opening?.catch(() => undefined))?.close()
  }
  return 0
}

function knownNames(context: () => Promise<Context>): KnownNames {
  return {
    async domains(start) {
      const domainctl = await (await context()).domainctl()
      const { domains } = await domainctl.list({ nameStartsWith: start }, { limit: MOST_NAMES })
      return domains.map(({ name }) => name)
    },
    providers: async () => [...(await context()).config.providers.keys()],
    channels: async () => [...((await context()).config.notifications?.channels.keys() ?? [])],
    targets: async () => [...(await context()).config.targets.keys()],
  }
}
