import { pathToFileURL } from 'node:url'
import { DomainctlError, systemClock } from '@domainctl/core'
import { firstLine } from './first-line.ts'
import { within } from './waiting.ts'

/** How long a configuration that is code may take to be there. */
const LONGEST_LOAD_MS = 30_000

/**
 * The default export of a configuration that is code. While it is loaded it can neither end the process, which would look as if all
 * were done, nor print into the result, nor leave a failure behind that only a programmer can read.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export async function importConfig(path: string, shown: string): Promise<unknown> {
  let content: unknown
  try {
    content = (await loaded(path)).default
  } catch (cause) {
    throw new DomainctlError('CONFIG_INVALID', `The configuration file ${shown} cannot be loaded: ${firstLine(cause)}.`, {
      hint: 'It must be a module that this Node can run, with the configuration as its default export.',
      cause,
    })
  }
  if (typeof content === 'object' && content !== null && !(content instanceof Promise)) return content
  const found = content === undefined ? 'none' : content instanceof Promise ? 'a promise' : `a ${typeof content}`
  throw new DomainctlError(
    'CONFIG_INVALID',
    `The configuration file ${shown} has to have the configuration as its default export, found ${found}.`,
    { hint: 'export default { email: … }; what has to be awaited can be: export default await …' },
  )
}

async function loaded(path: string): Promise<{ default?: unknown }> {
  const { exit, stdout, stderr } = process
  const { write } = stdout
  const failed = Promise.withResolvers<never>()
  const fail = (failure: unknown) => failed.reject(failure)
  process.exit = () => {
    const ended = new Error('it ends the process (process.exit)')
    fail(ended)
    throw ended
  }
  stdout.write = stderr.write.bind(stderr)
  process.on('uncaughtException', fail).on('unhandledRejection', fail)
  try {
    const loading: Promise<{ default?: unknown }> = import(pathToFileURL(path).href)
    // A rejection that nobody handles is told when all that can be done has been done.
    const settled = loading.then((module) => new Promise<typeof module>((resolve) => setImmediate(resolve, module)))
    return await within(LONGEST_LOAD_MS, systemClock(), Promise.race([settled, failed.promise]), () => {
      throw new Error('it is not done with that after 30 seconds')
    })
  } finally {
    process.exit = exit
    stdout.write = write
    process.off('uncaughtException', fail).off('unhandledRejection', fail)
  }
}
