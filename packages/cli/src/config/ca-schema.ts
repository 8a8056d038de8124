import * as z from 'zod'
import { isCaUrl } from '../forms.ts'
import { REFERENCE } from './secret.ts'

/** A CA as a configuration file has it, under the name that `ca` uses. */
export interface WrittenCa {
  directory?: string
  /** A PEM file, relative to the configuration file. */
  root?: string
  eabKid?: string
  /** A reference. */
  eabHmacKey?: string
}

/** The key id stands in the file: it is no secret, and the HMAC key is a reference to one. */
export const WRITTEN_CA = z
  .strictObject({
    directory: z.string().refine(isCaUrl).optional(),
    root: z.string().min(1).optional(),
    eabKid: z.string().min(1).optional(),
    eabHmacKey: z.string().regex(REFERENCE).optional(),
  })
  .refine(({ eabKid, eabHmacKey }) => (eabKid === undefined) === (eabHmacKey === undefined))

/** What is expected of each key, for messages. */
export const EXPECTED_OF_CA: Readonly<Record<string, string>> = {
  directory: 'the http(s) URL of an ACME directory',
  root: 'the path of a PEM file',
  eabKid: 'the key id that the website of the CA shows',
  eabHmacKey: 'a reference to the HMAC key that the website of the CA shows (env:NAME or file:PATH)',
}
