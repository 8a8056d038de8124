import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type AuthorityStatus, DomainctlError, type ProviderStatus, toDomainctlError } from '@domainctl/core'
import { type Flags, loadConfig } from '../config/config.ts'
import { shownState } from '../config/shown-state.ts'
import { contextOf, type Surroundings } from '../context.ts'
import type { Answers } from './answers.ts'

/** What came of trying one thing. */
export interface Trial {
  what: 'ca' | 'provider' | 'state'
  of: string
  status: 'ok' | 'warn' | 'fail'
  explanation: string
  fix?: string
  error?: DomainctlError
}

/** Tries things with the answers so far: asks and looks, and changes nothing anywhere. */
export interface Trials {
  /** The CAs as they are, with the terms that they have. */
  ca(answers: Answers): Promise<AuthorityStatus[]>
  provider(answers: Answers): Promise<ProviderStatus | undefined>
  state(answers: Answers): Promise<Trial>
}

export function trialsIn({ io, output, flags }: Surroundings): Trials {
  async function withEngine<T>(answers: Answers, work: Parameters<typeof used<T>>[1]): Promise<T> {
    return used(
      contextOf(await loadConfig(flagsOf(flags, answers), withoutConfig(io), null), io, output, flags, { readOnly: true }),
      work,
    )
  }
  // A state that cannot be opened is one fault, and the CA is asked all the same.
  const apart = (answers: Answers): Answers => ({
    ...answers,
    state: `file:${join(io.cwd, '.domainctl', `.none-${process.pid}`)}`,
  })
  return {
    ca: (answers) => withEngine(apart(answers), (domainctl) => domainctl.authorities({ signal: io.signal })),
    provider: (answers) =>
      withEngine(apart(answers), async (domainctl) =>
        (await domainctl.providers({ signal: io.signal })).find(({ name }) => name === answers.provider),
      ),
    async state(answers) {
      const { settings } = await loadConfig(flagsOf(flags, answers), withoutConfig(io), null)
      const of = shownState(settings.state)
      try {
        await withEngine(answers, (domainctl) => domainctl.list({ tenant: null }, { limit: 1 }))
        const path = /^file:(.+)$/.exec(settings.state)?.[1]
        if (path === undefined) return { what: 'state', of, status: 'ok', explanation: 'can be opened' }
        requireWritable(path)
        const explanation = existsSync(path)
          ? 'is there, and can be opened'
          : 'can be made; the first domainctl add or issue makes it'
        return { what: 'state', of, status: 'ok', explanation }
      } catch (thrown) {
        return failed('state', of, toDomainctlError(thrown, io.signal))
      }
    },
  }
}

async function used<T>(
  context: ReturnType<typeof contextOf>,
  work: (domainctl: Awaited<ReturnType<ReturnType<typeof contextOf>['domainctl']>>) => Promise<T>,
): Promise<T> {
  try {
    return await work(await context.domainctl())
  } finally {
    await context.close()
  }
}

/** The answers stand where flags do: before the environment. */
export function flagsOf(flags: Flags, { email, ca, terms, state }: Answers): Flags {
  const { config: _, ...others } = flags
  return {
    ...others,
    ...(email !== undefined && { email }),
    ...(ca !== undefined && { ca: [...ca] }),
    ...(terms !== undefined && { acceptTos: true }),
    ...(state !== undefined && { state }),
  }
}

export function withoutConfig<T extends Surroundings['io']>(io: T): Pick<T, 'env' | 'cwd'> {
  const { DOMAINCTL_CONFIG: _, ...env } = io.env
  return { env, cwd: io.cwd }
}

export function failed(what: Trial['what'], of: string, error: DomainctlError): Trial {
  return { what, of, status: 'fail', explanation: `${error.message} (${error.code})`, fix: error.hint, error }
}

/** @throws DomainctlError `STATE_READ_ONLY` where the file, or the nearest folder that is there, cannot be written */
function requireWritable(path: string): void {
  let nearest = path
  while (!existsSync(nearest)) nearest = dirname(nearest)
  try {
    accessSync(nearest, constants.W_OK)
    if (nearest !== path && !statSync(nearest).isDirectory()) throw Object.assign(new Error('ENOTDIR'), { code: 'ENOTDIR' })
  } catch (cause) {
    throw new DomainctlError(
      'STATE_READ_ONLY',
      `The state cannot be made: ${nearest} cannot be written (${(cause as NodeJS.ErrnoException).code}).`,
      {
        hint: 'Check the rights of the folder, or name another place with --state.',
        cause,
      },
    )
  }
}
