import { PassThrough, Readable } from 'node:stream'
import type { CommandRow } from './command-row.ts'
import type { CommonFlags } from './context.ts'
import type { Io } from './io.ts'
import { createOutput } from './output/output.ts'
import { runProgram } from './program.ts'

/**
 * What the command would run for a command line; null for `--help`, which runs nothing.
 * @throws DomainctlError `USAGE` as the command itself
 */
export async function parsedLine(
  argv: readonly string[],
): Promise<{ row: CommandRow; args: string[]; flags: CommonFlags } | null> {
  const io: Io = {
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    env: {},
    cwd: '/',
    user: 'tester',
    signal: new AbortController().signal,
    now: () => new Date(),
    self: ['none'],
    takeSignals: () => () => {},
  }
  let parsed: Awaited<ReturnType<typeof parsedLine>> = null
  await runProgram(argv, io, createOutput(io, {}), async (row, args, flags) => {
    parsed = { row, args, flags }
    return 0
  })
  return parsed
}
