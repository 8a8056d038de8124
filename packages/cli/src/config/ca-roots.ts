import { readFile } from 'node:fs/promises'
import { DomainctlError } from '@domainctl/core'

/**
 * @param from what names the file, for messages
 * @param what the roots are for
 * @throws DomainctlError `CONFIG_INVALID`
 */
export async function readCaRoots(path: string, from: string, what = "the CA's TLS"): Promise<string> {
  const pem = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DomainctlError(
      'CONFIG_INVALID',
      `The roots for ${what} cannot be read from ${path}: ${cause.code ?? cause.message}.`,
      {
        hint: `Check the path given with ${from}.`,
        cause,
      },
    )
  })
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new DomainctlError('CONFIG_INVALID', `${path} holds no PEM certificate.`, {
      hint: 'Give the roots as PEM: blocks that begin with -----BEGIN CERTIFICATE-----.',
    })
  }
  return pem
}
