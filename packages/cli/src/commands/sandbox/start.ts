import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import type { Surroundings } from '../../context.ts'
import { quote } from '../../quote.ts'
import type { SandboxFlags } from './flags.ts'
import { type RunningSandbox, startFromFlags } from './running.ts'
import { ANOTHER_FOLDER } from './scratch.ts'

/** `sandbox start`: a sandbox until a signal ends it, which is its normal end. */
export async function sandboxStart({ io, output }: Surroundings, flags: SandboxFlags): Promise<number> {
  const running = await startFromFlags(flags, io)
  const stopping = new AbortController()
  // Who closes the terminal means to end what runs in it; nohup, which does not, takes the terminal from stderr.
  const release = io.stderr.isTTY ? io.takeSignals(['SIGHUP'], () => stopping.abort()) : () => {}
  try {
    const script = await writeScript(running)
    io.stdout.write(`${JSON.stringify({ event: 'ready', env: running.environment })}\n`)
    if (io.stderr.isTTY) output.note(...guide(script))
    // Nobody is left to read the environment.
    io.stdout.once('error', () => stopping.abort())
    const ended = AbortSignal.any([io.signal, stopping.signal])
    if (!ended.aborted) await once(ended, 'abort')
    return 0
  } finally {
    release()
    await running.stop()
  }
}

/** The environment as lines that a shell reads. It holds a key, so only its owner can. */
async function writeScript({ environment, folder }: RunningSandbox): Promise<string> {
  const file = join(folder, 'env.sh')
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}\n`)
  try {
    await writeFile(file, lines.join(''), { mode: 0o600 })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new DomainctlError('OUTPUT_UNWRITABLE', `The sandbox's environment cannot be written to ${file}: ${code ?? message}.`, {
      hint: ANOTHER_FOLDER,
      cause,
    })
  }
  return file
}

function guide(script: string): string[] {
  return [
    '',
    'The sandbox runs until Ctrl-C. To use it from another shell:',
    '',
    `  . ${quote(script)}`,
    '  domainctl issue example.test --wildcard --provider rfc2136 --accept-tos',
    '',
    'The first line sets the variables that are printed above.',
  ]
}
