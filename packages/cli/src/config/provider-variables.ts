import { DomainctlError } from '@domainctl/core'
import type { RegisteredOption, RegisteredProvider } from '@domainctl/providers'
import type { Io } from '../io.ts'
import { secretFromEnvironment } from './secret.ts'

/** A value and the variable that it came from. */
interface GivenValue {
  value: string
  source: string
}

/** All variables that an option can be set by, the one that domainctl names itself first. */
export function variablesOf({ env, aliases = [], secret }: RegisteredOption): string[] {
  return [env, ...aliases].flatMap((name) => (secret ? [name, `${name}_FILE`] : [name]))
}

/**
 * What the environment has for an option, by whichever of its names. Where several are set they have to say the same: which of
 * two accounts somebody means who has tools for both is not for us to guess.
 * @returns null when none is set
 * @throws DomainctlError `CONFIG_INVALID` that names both variables, and never their values
 */
export async function optionFromEnvironment(option: RegisteredOption, io: Pick<Io, 'env' | 'cwd'>): Promise<GivenValue | null> {
  const { env, secret } = option
  let first: GivenValue | null = null
  for (const name of namesOf(option, io)) {
    const given: GivenValue | null = secret ? await secretFromEnvironment(name, io) : plain(name, io)
    if (first && given && first.value.trim() !== given.value.trim()) {
      throw new DomainctlError('CONFIG_INVALID', `${first.source} and ${given.source} are both set, to different values.`, {
        hint: `Unset the one that is not meant; domainctl's own name for it is ${env}.`,
      })
    }
    first ??= given
  }
  return first
}

/** Whether the environment says that a provider is meant to be there: by the variables that its manifest names for it. */
export function isSetUp({ options, setUpBy }: RegisteredProvider, io: Pick<Io, 'env'>): boolean {
  const all = Object.values(options)
  const telling = setUpBy === undefined ? all : all.filter(({ env }) => setUpBy.includes(env))
  const variables = telling.flatMap((option) => variablesOf({ ...option, aliases: namesOf(option, io).slice(1) }))
  return [...(setUpBy ?? []), ...variables].some((name) => io.env[name])
}

/** In a sandbox, whose variables are domainctl's own, those of other tools belong to real accounts. */
function namesOf({ env, aliases = [] }: RegisteredOption, io: Pick<Io, 'env'>): string[] {
  return io.env.DOMAINCTL_SANDBOX === '1' ? [env] : [env, ...aliases]
}

function plain(name: string, io: Pick<Io, 'env'>): GivenValue | null {
  const value = io.env[name]
  return value ? { value, source: name } : null
}
