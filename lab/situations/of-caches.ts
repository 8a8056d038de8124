import { type Making, type Published, plain, publish, publishNeeded, type Situation } from './situation.ts'
import { EDGE, NEGATIVE_TTL, OLD } from './zones.ts'

const ZONE = 'example.test'
/** Seconds: as long as Unbound keeps anything. */
const A_DAY = 86_400

/**
 * The time is over: the resolver has forgotten what it kept. Caches are looked at when a record has just become right, so
 * it goes away for one look.
 */
async function afterItsTime({ lab, name, verify }: Making, right: Published): Promise<void> {
  await publish(lab, [], [right])
  await verify()
  await publish(lab, [right])
  await lab.resolver.forget(name)
}

/** What resolvers keep, for as long as they were told to. */
export const ofCaches: readonly Situation[] = [
  {
    situation: 'High TTL: resolvers keep the old value until it is over',
    code: 'CACHE_OLD',
    actor: 'operator',
    purpose: 'routing',
    name: `ttl.${ZONE}`,
    flags: ['--target', EDGE.name],
    names: '127.0.0.1',
    waits: A_DAY,
    make: async (making) => {
      const { lab, name, verify } = making
      const old = { name, type: 'CNAME', value: OLD.name, ttl: A_DAY } as const
      await publishNeeded(making, { routing: () => [old] })
      await verify()
      // A visitor.
      await lab.dig(name, 'CNAME', 'resolver')
      await publish(lab, [{ name, type: 'CNAME', value: EDGE.name }], [old])
    },
    mend: (making) => afterItsTime(making, { name: making.name, type: 'CNAME', value: EDGE.name }),
  },
  {
    situation: 'Negative cache: resolvers keep that there was nothing until its time is over',
    code: 'CACHE_NEGATIVE',
    actor: 'operator',
    purpose: 'ownership',
    name: `negative.${ZONE}`,
    names: '127.0.0.1',
    waits: NEGATIVE_TTL,
    make: async (making) => {
      await making.verify()
      // Somebody who could not wait.
      await making.lab.dig(`_domainctl.${making.name}`, 'TXT', 'resolver')
      await publishNeeded(making)
    },
    mend: async (making) => {
      for (const record of making.records) await afterItsTime(making, plain(record))
    },
  },
]
