import { resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import type { Io } from '../io.ts'
import { readSmallFile } from './small-file.ts'

/** How a configuration file refers to a secret that stands elsewhere. */
export const REFERENCE = /^(env|file):(.+)$/s

/**
 * The text of a file that holds one secret, without the line end that editors add.
 * @param from what names the file, for the message
 * @throws DomainctlError `CONFIG_INVALID` when it cannot be read or is empty
 */
export async function readSecretFile(path: string, from: string): Promise<string> {
  const text = await readSmallFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DomainctlError(
      'CONFIG_INVALID',
      `${from} names the file ${path}, which cannot be read: ${cause.code ?? cause.message}.`,
      {
        hint: 'Check the path and the rights of the file.',
        cause,
      },
    )
  })
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '') {
    throw new DomainctlError('CONFIG_INVALID', `${from} names the file ${path}, which is empty.`, {
      hint: 'Write the secret into it.',
    })
  }
  return secret
}

/**
 * A variable or the file that it names: by `<name>_FILE`, as is usual, or by `file:PATH` as its value, as external-dns has it
 * and as a configuration file refers to secrets. Secrets that are read by this have no colon; a password that begins so has to stand
 * in a file.
 * @returns null when neither is set; an empty variable counts as not set
 * @throws DomainctlError `CONFIG_INVALID` when both are set or the file cannot be read
 */
export async function secretFromEnvironment(
  name: string,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<{ value: string; source: string } | null> {
  const direct = io.env[name]
  const file = io.env[`${name}_FILE`]
  if (direct && file) {
    throw new DomainctlError('CONFIG_INVALID', `Both ${name} and ${name}_FILE are set.`, { hint: 'Unset one of them.' })
  }
  if (direct?.startsWith('file:')) {
    return { value: await readSecretFile(resolve(io.cwd, direct.slice('file:'.length)), name), source: name }
  }
  if (direct) return { value: direct, source: name }
  if (file) return { value: await readSecretFile(resolve(io.cwd, file), `${name}_FILE`), source: `${name}_FILE` }
  return null
}

/**
 * What a reference of the configuration file, `env:NAME` or `file:PATH`, stands for.
 * @param where the file and the path in it, for messages
 * @param folder what relative paths start from
 * @throws DomainctlError `CONFIG_INVALID` when it is no reference, or leads nowhere
 */
export async function resolveReference(reference: string, where: string, folder: string, env: Io['env']): Promise<string> {
  const [, scheme, target] = REFERENCE.exec(reference) ?? []
  if (target === undefined) {
    throw new DomainctlError(
      'CONFIG_INVALID',
      `${where}: expected a reference to the secret (env:NAME or file:PATH), found another text.`,
      {
        hint: 'Move the secret out of the configuration: into a variable of the environment or a file that only you can read.',
      },
    )
  }
  if (scheme === 'file') return readSecretFile(resolve(folder, target), where)
  const value = env[target]
  if (!value) {
    throw new DomainctlError('CONFIG_INVALID', `${where} refers to the environment variable ${target}, which is not set.`, {
      hint: `Set ${target}, or correct the reference.`,
    })
  }
  return value
}
