import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { LabError } from './servers/daemon.ts'
import type { TsigKey } from './servers/zones.ts'

const run = promisify(execFile)

/** Sends one update (RFC 2136) by BIND's own client; `send` is added. Throws LabError with the reply when it is refused. */
export async function nsupdate(lines: readonly string[], key: TsigKey): Promise<void> {
  const update = run('nsupdate', ['-t', '5'])
  // By stdin, so that the secret is in no command line and so in no error either.
  const input = [`key ${key.algorithm}:${key.name} ${key.secret}`, ...lines, 'send', '']
  update.child.stdin?.end(input.join('\n'))
  try {
    await update
  } catch (cause) {
    throw new LabError(`nsupdate was refused: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}
