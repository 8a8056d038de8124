import type { LimitKind } from '@domainctl/core'
import * as z from 'zod'
import { isCaUrl, isTenant } from '../forms.ts'
import { DURATION_FORM, parseDuration } from '../time.ts'
import { REFERENCE } from './secret.ts'

/** A CA as a configuration file has it, under the name that `ca` uses. */
export interface WrittenCa {
  directory?: string
  /** A PEM file, relative to the configuration file. */
  root?: string
  /** Which of several accounts. */
  account?: string
  /** For each request to its API, a duration. */
  timeout?: string
  eabKid?: string
  /** A reference. */
  eabHmacKey?: string
  limits?: Partial<Record<LimitKind, WrittenLimit>>
  /** A reference. */
  apiKey?: string
  externalAccountApi?: string
}

/** So many in a duration. */
export interface WrittenLimit {
  count: number
  per: string
}

const WRITTEN_LIMIT = z.strictObject({
  count: z.int().min(1),
  per: z.string().refine((text) => (parseDuration(text) ?? 0) > 0),
})

const WRITTEN_LIMITS = z.strictObject({
  accounts: WRITTEN_LIMIT.optional(),
  orders: WRITTEN_LIMIT.optional(),
  certificates: WRITTEN_LIMIT.optional(),
  duplicates: WRITTEN_LIMIT.optional(),
  failures: WRITTEN_LIMIT.optional(),
} satisfies Record<LimitKind, z.ZodType>)

/** The key id stands in the file: it is no secret, and the HMAC key is a reference to one. */
export const WRITTEN_CA = z
  .strictObject({
    directory: z.string().refine(isCaUrl).optional(),
    root: z.string().min(1).optional(),
    account: z.string().refine(isTenant).optional(),
    timeout: z.string().refine(isTimeout).optional(),
    eabKid: z.string().min(1).optional(),
    eabHmacKey: z.string().regex(REFERENCE).optional(),
    limits: WRITTEN_LIMITS.optional(),
    apiKey: z.string().regex(REFERENCE).optional(),
    externalAccountApi: z.string().refine(isCaUrl).optional(),
  })
  .refine(({ eabKid, eabHmacKey }) => (eabKid === undefined) === (eabHmacKey === undefined))

/** No longer than a timer of Node can be. */
function isTimeout(text: string): boolean {
  const ms = parseDuration(text)
  return ms !== null && ms > 0 && ms < 2 ** 31
}

/** What is expected of each key, for messages. */
export const EXPECTED_OF_CA: Readonly<Record<string, string>> = {
  directory: 'the http(s) URL of an ACME directory',
  root: 'the path of a PEM file',
  account: 'the name of an account: letters, digits, ., _ and -',
  timeout: `${DURATION_FORM}, the time-out of each request to its API`,
  eabKid: 'the key id that the website of the CA shows',
  eabHmacKey: 'a reference to the HMAC key that the website of the CA shows (env:NAME or file:PATH)',
  apiKey: 'a reference to the key of the API that gives both in their place (env:NAME or file:PATH)',
  externalAccountApi: 'the https URL of that API, where it is not the known one',
  limits: 'a mapping from what it counts (accounts, orders, certificates, duplicates, failures) to { count, per }',
}

const EXPECTED_OF_LIMIT: Readonly<Record<string, string>> = {
  count: 'a whole number of at least 1',
  per: `the time in which so many may be had, ${DURATION_FORM}`,
}

/** What is expected at a path below `cas`, whose first part is that. */
export function expectedOfCa([, , field, kind, part]: readonly string[]): string {
  if (field === undefined) return 'a mapping from the name of a CA to what is to be known of it'
  if (part !== undefined) return EXPECTED_OF_LIMIT[part] ?? 'a mapping with count and per'
  if (kind !== undefined) return 'a mapping with count and per'
  return EXPECTED_OF_CA[field] ?? 'a mapping from the name of a CA to what is to be known of it'
}

/** The keys that there are at such a path. */
export function keysOfCa([, , field, kind]: readonly string[]): readonly string[] {
  if (kind !== undefined) return Object.keys(EXPECTED_OF_LIMIT)
  return field === 'limits' ? Object.keys(WRITTEN_LIMITS.shape) : Object.keys(EXPECTED_OF_CA)
}
