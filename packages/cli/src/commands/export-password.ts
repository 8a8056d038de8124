import { resolve } from 'node:path'
import { DomainctlError, type Pkcs12Options } from '@domainctl/core'
import { readSecretFile } from '../config/secret.ts'
import type { Context } from '../context.ts'

/** Flags of `export` that say whether there is to be a PKCS#12 file, and where its password is. */
export interface PasswordFlags {
  pkcs12?: boolean
  passwordEnv?: string
  passwordFile?: string
  emptyPassword?: boolean
}

/**
 * What `--pkcs12` asks for: with the password that a flag leads to, else the one of the configuration. Undefined without it.
 * @throws DomainctlError `USAGE`, and `CONFIG_INVALID` for a file that cannot be read or is empty
 */
export async function pkcs12Of(
  { io, config }: Pick<Context, 'io' | 'config'>,
  { pkcs12 = false, passwordEnv, passwordFile, emptyPassword }: PasswordFlags,
): Promise<Pkcs12Options | undefined> {
  const given = [
    passwordEnv !== undefined && '--password-env',
    passwordFile !== undefined && '--password-file',
    emptyPassword && '--empty-password',
  ].filter((flag) => typeof flag === 'string')
  const [flag] = given
  if (!pkcs12 && flag === undefined) return undefined
  if (!pkcs12) {
    throw usage(`${flag} says what the password of a PKCS#12 file is, and none was asked for.`, 'Add --pkcs12, or leave it out.')
  }
  if (given.length > 1) throw usage(`${given.join(' and ')} exclude each other.`, 'Give one of them.')
  if (emptyPassword) return { password: null }
  if (passwordFile !== undefined) return { password: await readSecretFile(resolve(io.cwd, passwordFile), '--password-file') }
  if (passwordEnv !== undefined) {
    const password = io.env[passwordEnv]
    if (password) return { password }
    // Not by its name: somebody may have typed the password itself.
    throw usage(
      '--password-env names a variable that is not set.',
      'Give the name of a variable that holds the password, not the password.',
    )
  }
  const { pkcs12Password } = config.settings
  if (pkcs12Password !== undefined) return { password: pkcs12Password }
  throw usage(
    'A PKCS#12 file holds the key, and there is no password for it.',
    'Set DOMAINCTL_PKCS12_PASSWORD or DOMAINCTL_PKCS12_PASSWORD_FILE, or give --password-env or --password-file.',
  )
}

function usage(message: string, hint: string): DomainctlError {
  return new DomainctlError('USAGE', message, { hint })
}
