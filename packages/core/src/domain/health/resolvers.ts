/** What a resolver said of the addresses of a name. */
export interface ResolverSaid {
  resolver: string
  /** `silent`: no reply, so nothing is known of it. */
  outcome: 'addresses' | 'fails' | 'silent'
  addresses: readonly string[]
}

/** What resolvers make of a name together. */
export interface ResolversTogether {
  /** `addresses`: so many as must agree have some · `fail`: so many fail and none has any · `unsure`: anything else. */
  verdict: 'addresses' | 'fail' | 'unsure'
  /** Those that as many as must agree have. */
  agreed: string[]
  /** Some of them fail, others do not. */
  differ: boolean
}

/** One alone may have a bad minute (requirements H2). */
const MUST_AGREE = 2

/** Two have to agree, where there are two. */
export function judgeResolvers(said: readonly ResolverSaid[]): ResolversTogether {
  const needed = Math.min(MUST_AGREE, said.length)
  const having = said.filter(({ outcome }) => outcome === 'addresses')
  const failing = said.filter(({ outcome }) => outcome === 'fails')
  const all = [...new Set(having.flatMap(({ addresses }) => addresses))]
  const agreed = all.filter((address) => having.filter(({ addresses }) => addresses.includes(address)).length >= needed)
  const differ = having.length > 0 && failing.length > 0
  if (needed > 0 && having.length >= needed) return { verdict: 'addresses', agreed, differ }
  return { verdict: needed > 0 && having.length === 0 && failing.length >= needed ? 'fail' : 'unsure', agreed, differ }
}
