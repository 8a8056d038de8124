import { DomainctlError, toDomainctlError } from '@domainctl/core'
import { exitCodeOf, printError } from './exit.ts'
import type { Io } from './io.ts'
import { createOutput } from './output/output.ts'
import type { PipelineReport } from './output/pipeline.ts'
import { runProgram } from './program.ts'

/**
 * The whole command in one call: never throws, and prints every failure.
 * @param argv the arguments after the command's own name
 * @returns the exit code of cli.md
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const pipeline = await pipelineOf(argv, io)
  const output = createOutput(io, outputFlags(argv), pipeline)
  try {
    refuseForm(io)
    const exitCode = await runProgram(argv, io, output)
    await pipeline?.end({ exitCode })
    return exitCode
  } catch (thrown) {
    const error = toDomainctlError(thrown)
    printError(error, io, output)
    const exitCode = exitCodeOf(error)
    await pipeline?.end({ exitCode, error })
    return exitCode
  }
}

/** What `--output`, else DOMAINCTL_OUTPUT, asks for; another word is refused where it is read. */
async function pipelineOf(argv: readonly string[], io: Io): Promise<PipelineReport | undefined> {
  const flags = beforeDashes(argv)
  const given = flags.findLast((flag, i) => flag.startsWith('--output=') || flags[i - 1] === '--output')
  if ((given?.replace(/^--output=/, '') ?? io.env.DOMAINCTL_OUTPUT) !== 'github') return undefined
  const { githubReport } = await import('./output/github/report.ts')
  return githubReport(io)
}

/** @throws DomainctlError `USAGE` */
function refuseForm({ env: { DOMAINCTL_OUTPUT: form } }: Io): void {
  if (!form || form === 'text' || form === 'github') return
  throw new DomainctlError('USAGE', `DOMAINCTL_OUTPUT is ${JSON.stringify(form.slice(0, 40))}, which is no form of output.`, {
    hint: 'Set it to text or github, or leave it out.',
  })
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end < 0 ? argv : argv.slice(0, end)
}

// Read by hand, so that a command line that cannot be parsed is answered in the form that was asked for.
function outputFlags(argv: readonly string[]) {
  const flags = beforeDashes(argv)
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
