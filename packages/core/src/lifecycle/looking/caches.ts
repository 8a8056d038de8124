import type { Check, SeenAnswer } from '../../contracts/verification.ts'
import { judgeCaches } from '../../domain/diagnosis/caches.ts'
import { canonicalSeen, canonicalWanted } from '../../domain/diagnosis/canonical.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import { type Looking, toCheck } from './look.ts'

/** Records for which resolvers are asked at a time. */
const RECORDS_AT_A_TIME = 16

const ASKED: ReadonlySet<string> = new Set(['TXT', 'CNAME', 'A', 'AAAA'])

/**
 * For records that have just become right: whether resolvers still show what was there before. A check in place of each
 * one for which that is so. Only what every server of the zone shows is asked, since a resolver that does not know it yet
 * would keep the negative answer (RFC 2308 §5).
 * @param o.decides resolvers decide as well (mode `recursive`): it is not ok while most of them are behind
 */
export async function lookAtCaches(looking: Looking, checks: readonly Check[], o: { decides?: boolean } = {}): Promise<Check[]> {
  const { dns, signal, now } = looking
  const shown = checks.filter((check) => check.ok && ASKED.has(check.record.type) && isShownByAll(check))
  const found = await inParallel(shown, RECORDS_AT_A_TIME, async ({ purpose, record, seen }) => {
    const { type, name, expected } = record
    const answers = await dns.askResolvers(name, type, { signal })
    const finding = judgeCaches({ type, name, values: expected }, answers, o)
    if (!finding) return []
    const cached = answers.map(({ resolver, rcode, values, cname, ttl, negativeTtl }): SeenAnswer => {
      const seconds = ttl ?? negativeTtl
      return {
        server: resolver,
        rcode,
        values: type !== 'CNAME' && cname !== undefined && values.length === 0 ? [`CNAME ${cname}`] : values,
        ...(seconds !== undefined && { ttl: seconds }),
      }
    })
    return [toCheck({ purpose, record }, finding, { seen: [...seen, ...cached], now })]
  })
  return found.flat()
}

/** A flattened or chained record is right without being there: there is nothing to be behind of. */
function isShownByAll({ record: { type, expected }, seen }: Check): boolean {
  const answering = seen.filter(({ rcode }) => rcode === 'NOERROR' || rcode === 'NXDOMAIN')
  return (
    answering.length > 0 &&
    expected.length > 0 &&
    answering.every(({ values }) => {
      const shown = new Set(values.map((value) => canonicalSeen(type, value)))
      return expected.every((value) => shown.has(canonicalWanted(type, value)))
    })
  )
}
