import type { Dns, RecordType, ResolverAnswer } from '../contracts/dns.ts'
import type { CallOptions } from '../contracts/dns-provider.ts'
import type { HealthFinding } from '../domain/health/measurement.ts'
import { judgeResolvers, type ResolverSaid, type ResolversTogether } from '../domain/health/resolvers.ts'

/** Where a name leads, for its visitors. */
export interface Places {
  addresses: string[]
  fault?: HealthFinding
  warnings: HealthFinding[]
  /** Nobody said anything: it may be this machine. */
  unknown?: string
}

/**
 * The addresses of a name: those that its own servers give, and those that two resolvers still have. Resolvers are asked for
 * what is there alone, so that nothing is planted in them; and where the name's own servers are silent, which plants nothing.
 */
export async function findPlaces(name: string, dns: Pick<Dns, 'trace' | 'askResolvers'>, o: CallOptions): Promise<Places> {
  const { end, addresses, path, why = 'there is no answer' } = await dns.trace(name, o)
  const last = path.at(-1) ?? name
  const led = last === name ? name : `${name} leads to ${last}, which`
  if (end === 'missing') return nowhere('NAME_MISSING', `${led} does not exist`)
  if (end === 'none') return nowhere('NAME_ADDRESSLESS', `${led} has no address`)
  if (end === 'loop' || end === 'too-long') {
    return nowhere(
      'NAME_CHAIN_ENDLESS',
      end === 'loop' ? 'the CNAME records lead in a circle' : 'there are more than 16 CNAME records',
    )
  }
  const isSilent = end === 'silent'
  const together = await askResolvers(name, { dns, types: isSilent ? ['A', 'AAAA'] : typesOf(addresses) }, o)
  return isSilent ? bySilence(together, why) : bySight(addresses, together)
}

function bySight(addresses: readonly string[], { verdict, agreed, differ }: ResolversTogether): Places {
  if (verdict === 'fail') return nowhere('NAME_RESOLVERS_FAIL', 'its name servers give addresses, which resolvers do not get')
  const warnings: HealthFinding[] = differ ? [{ code: 'NAME_RESOLVERS_DIFFER', why: 'a resolver fails where others do not' }] : []
  return { addresses: [...new Set([...addresses, ...agreed])], warnings }
}

function bySilence({ verdict, agreed }: ResolversTogether, why: string): Places {
  const silent = `no name server of it answers (${why})`
  if (verdict === 'addresses' && agreed.length > 0) {
    return { addresses: agreed, warnings: [{ code: 'NAME_SERVERS_UNREACHED', why: silent }] }
  }
  if (verdict === 'fail') return nowhere('NAME_SERVERS_SILENT', silent)
  return { addresses: [], warnings: [], unknown: 'neither the name servers of the name nor enough resolvers answer' }
}

function nowhere(code: HealthFinding['code'], why: string): Places {
  return { addresses: [], fault: { code, why }, warnings: [] }
}

async function askResolvers(
  name: string,
  { dns, types }: { dns: Pick<Dns, 'askResolvers'>; types: readonly RecordType[] },
  o: CallOptions,
): Promise<ResolversTogether> {
  const answers = (await Promise.all(types.map((type) => dns.askResolvers(name, type, o)))).flat()
  const said = [...Map.groupBy(answers, ({ resolver }) => resolver)].map(([resolver, of]) => ({
    resolver,
    outcome: outcomeOf(of),
    addresses: of.flatMap(({ values }) => values),
  }))
  return judgeResolvers(said)
}

function outcomeOf(answers: readonly ResolverAnswer[]): ResolverSaid['outcome'] {
  if (answers.some(({ values }) => values.length > 0)) return 'addresses'
  return answers.every(({ outcome }) => outcome === 'unreachable') ? 'silent' : 'fails'
}

function typesOf(addresses: readonly string[]): RecordType[] {
  const types: RecordType[] = []
  if (addresses.some((one) => !one.includes(':'))) types.push('A')
  if (addresses.some((one) => one.includes(':'))) types.push('AAAA')
  return types
}
