import { DomainctlError, type RRset } from '@domainctl/core'
import { z } from 'zod'

/** A record that somebody has to make, as `records --json` and `add --json` print it. */
export type PublishedRecord = z.infer<typeof recordShape>

const recordShape = z.object({
  purpose: z.string(),
  type: z.enum(['TXT', 'CNAME', 'A', 'AAAA', 'CAA'] satisfies RRset['type'][]),
  name: z.string().min(1).max(255),
  value: z.string().max(65_535),
  ttl: z.int().min(0).max(2_147_483_647),
})

const shape = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      domain: z.object({ records: z.array(recordShape) }).nullable(),
      error: z.object({ message: z.string() }).optional(),
    }),
  ),
})

const failureShape = z.object({ error: z.object({ message: z.string() }) })

const HINT = 'Such as: domainctl records NAME --json | domainctl sandbox publish'

/**
 * Reads what `records --json` or `add --json` prints.
 * @throws DomainctlError `USAGE` when it is something else, or tells that the command failed
 */
export function readPublishedRecords(text: string): PublishedRecord[] {
  const document = parseJson(text)
  const failed = failureShape.safeParse(document)
  if (failed.success) throw commandFailed(failed.data.error.message)
  const parsed = shape.safeParse(document)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.').slice(0, 100)}`
    throw new DomainctlError('USAGE', `Standard input is not what records --json prints${where}.`, { hint: HINT })
  }
  const { results } = parsed.data
  const refused = results.find(({ domain }) => domain === null)
  if (refused) throw commandFailed(refused.error?.message ?? `there is no domain ${refused.name}`)
  return results.flatMap(({ domain }) => domain?.records ?? [])
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new DomainctlError('USAGE', 'Nothing came on standard input.', { hint: HINT })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DomainctlError('USAGE', 'Standard input is no JSON.', { hint: HINT, cause })
  }
}

function commandFailed(message: string): DomainctlError {
  return new DomainctlError('USAGE', `The command before this one failed: ${message.slice(0, 500)}`, {
    hint: 'Correct that first; nothing was published.',
  })
}
