import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** A file of roots that a server's certificate is checked with. */
export const caFile = z.string({ error: 'has to be the path of a file' }).regex(/^\//, { error: 'has to be an absolute path' })

/** The roots in that file; read anew each time, so that it may be replaced. @throws Error that names the file and what is wrong */
export async function readRoots(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`The roots in ${file} cannot be read: ${error.code ?? error.message}`, { cause: error })
  })
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error(`There is no certificate in ${file}`)
  return pem
}
