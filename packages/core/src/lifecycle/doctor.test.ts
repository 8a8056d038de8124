import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DnsProvider } from '../contracts/dns-provider.ts'
import { createDomainctl } from '../create.ts'
import { startExample } from '../dns/lab.test.support.ts'
import { isWithin } from '../domain/names.ts'
import { byHand } from './by-hand.test.support.ts'

const NAME = 'shop.example.test'
const CHALLENGE = `_acme-challenge.${NAME}`

/** A provider that has this zone. */
function having(zone: string): DnsProvider {
  return { ...byHand, findZone: async (name) => (isWithin(name, zone) ? { name: zone, id: zone } : null) }
}

/** What is wrong, by `doctor`, with a name whose zone is `example.test`. */
async function examine(
  extra: string[],
  o: { providers: Record<string, DnsProvider>; zones?: Record<string, string>; san?: string[] },
) {
  const { resolver, clock } = await startExample({ extra })
  const directory = mkdtempSync(join(tmpdir(), 'domainctl-doctor-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const domainctl = await createDomainctl({
    state: `file:${directory}/state.db`,
    providers: { manual: byHand, ...o.providers },
    provider: Object.keys(o.providers)[0] ?? 'manual',
    ...(o.zones && { zones: o.zones }),
    resolvers: [resolver.endpoint],
    authoritativePort: resolver.port,
    allowPrivate: true,
    runtime: { clock },
  })
  onTestFinished(() => domainctl.close())
  const { checks } = await domainctl.doctor(NAME, o.san ? { san: o.san } : {})
  return checks.filter(({ ok }) => !ok)
}

const own = { auto: having('example.test') }

describe('where the challenge of a name is written', () => {
  it('nothing is wrong in the zone of the provider, also by way of a CNAME', async () => {
    expect(await examine([], { providers: own })).toEqual([])
    expect(await examine([`${CHALLENGE} CNAME x.example.test`], { providers: own })).toEqual([])
  })

  it('an error where a CNAME leads to a name without a zone, whoever writes it', async () => {
    const records = [`${CHALLENGE} CNAME gone.nowhere.invalid`]
    for (const providers of [own, {}]) {
      const found = await examine(records, { providers })
      expect(found).toMatchObject([{ purpose: 'challenge', problem: 'CHALLENGE_UNREACHABLE' }])
    }
  })

  it('an error where a CNAME leads into a zone that the provider does not have, of any of the names', async () => {
    const led = (name: string) => [`${name} CNAME x.elsewhere.test`]
    const [found] = await examine(led(CHALLENGE), { providers: own })
    expect(found).toMatchObject({ problem: 'PROVIDER_ZONE_NOT_FOUND', actor: 'operator', purpose: 'zone' })
    expect(found?.explanation).toContain(`has no zone for x.elsewhere.test, to which ${CHALLENGE} leads`)
    const second = await examine(led('_acme-challenge.www.example.test'), { providers: own, san: ['www.example.test'] })
    expect(second).toMatchObject([{ problem: 'PROVIDER_ZONE_NOT_FOUND', record: { name: 'www.example.test' } }])
  })

  it('nothing where another configured provider has the zone that a CNAME leads into', async () => {
    const found = await examine([`${CHALLENGE} CNAME x.elsewhere.test`], {
      // In this lab nothing delegates elsewhere.test: the zone above has its names.
      providers: { ...own, other: having('test') },
    })
    expect(found.map(({ problem }) => problem)).not.toContain('PROVIDER_ZONE_NOT_FOUND')
  })

  it('nothing is said of a zone in which a person makes the records', async () => {
    const records = [`${CHALLENGE} CNAME x.elsewhere.test`]
    const found = await examine(records, { providers: own, zones: { 'elsewhere.test': 'manual' } })
    expect(found.map(({ problem }) => problem)).not.toContain('PROVIDER_ZONE_NOT_FOUND')
  })
})
