import { toDomainctlError } from '@domainctl/core'
import { exitCodeOf, printError } from './exit.ts'
import type { Io } from './io.ts'
import { createOutput } from './output/output.ts'
import { runProgram } from './program.ts'

/**
 * The whole command in one call: never throws, and prints every failure.
 * @param argv the arguments after the command's own name
 * @returns the exit code of cli.md
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const output = createOutput(io, outputFlags(argv))
  try {
    return await runProgram(argv, io, output)
  } catch (thrown) {
    const error = toDomainctlError(thrown)
    printError(error, io, output)
    return exitCodeOf(error)
  }
}

// Read by hand, so that a command line that cannot be parsed is answered in the form that was asked for.
function outputFlags(argv: readonly string[]) {
  const end = argv.indexOf('--')
  const flags = end < 0 ? argv : argv.slice(0, end)
  const short = (letter: string) => flags.some((flag) => /^-[qvy]+$/.test(flag) && flag.includes(letter))
  return {
    json: flags.includes('--json') || formatIsJson(flags),
    quiet: flags.includes('--quiet') || short('q'),
    verbose: flags.includes('--verbose') || short('v'),
  }
}

function formatIsJson(flags: readonly string[]): boolean {
  return flags.includes('--format=json') || (flags[flags.indexOf('--format') + 1] === 'json' && flags.includes('--format'))
}
