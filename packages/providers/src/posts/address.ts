import { z } from 'zod'
import { isSafeUrl } from '../safe-url.ts'

/** Of an option that has to be there: what is wrong with it in words. */
export const missing = (input: { input?: unknown }): string => (input.input === undefined ? 'is missing' : 'has to be text')

/** Where notices are posted. Such URLs carry their credential in the path or the query. */
export const address = z
  .string({ error: missing })
  .transform((text) => text.trim())
  .refine((text) => URL.canParse(text) && new URL(text).hash === '' && isSafeUrl(withoutQuery(text)), {
    error: 'has to be an https:// URL (http:// on loopback alone), without user and fragment',
  })

function withoutQuery(text: string): string {
  const url = new URL(text)
  url.search = ''
  return url.href
}
