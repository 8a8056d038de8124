import { randomBytes } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { type RRset, systemClock } from '@domainctl/core'
import type { ProviderSubject } from '@domainctl/core/testing'
import { manifest } from './index.ts'

/** A PowerDNS that tests may make zones at. */
export interface TestServer {
  url: string
  apiKey: string
  /** `ip:port` at which it answers questions. */
  dns: string
}

interface AnsweredZone {
  rrsets: { name: string; type: string; records: { content: string }[] }[]
}

/** A new zone on the server with the provider for it, and eyes and hands that do not go through the provider. */
export async function powerdnsSubject({ url, apiKey, dns }: TestServer, zone: string): Promise<ProviderSubject> {
  const runtime = { clock: systemClock(), random: { bytes: (length: number) => randomBytes(length) } }
  const delegated = `delegated.${zone}`
  const resolver = new Resolver()
  resolver.setServers([dns])

  async function ask(method: string, path: string, body?: unknown): Promise<AnsweredZone> {
    const headers = { 'x-api-key': apiKey }
    const answer = await fetch(`${url}/api/v1/servers/localhost${path}`, { method, headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return answer.status === 204 ? { rrsets: [] } : ((await answer.json()) as AnsweredZone)
  }

  const cut = { name: `${delegated}.`, type: 'NS', ttl: 60, records: [{ content: 'ns1.elsewhere.test.' }] }
  await ask('POST', '/zones', { name: `${zone}.`, kind: 'Native', nameservers: [`ns1.${zone}.`], rrsets: [cut] })
  return {
    provider: manifest.create({ url, apiKey }, runtime),
    wrongCredential: () => manifest.create({ url, apiKey: 'not-the-key' }, runtime),
    zone,
    delegated,
    lookup: (name, type) => lookup(resolver, name, type),
    async addForeign(name, value) {
      const { rrsets } = await ask('GET', `/zones/${zone}.`)
      const held = rrsets.find((set) => set.name === `${name}.` && set.type === 'TXT')?.records ?? []
      const records = [...held, { content: `"${value}"` }]
      await ask('PATCH', `/zones/${zone}.`, {
        rrsets: [{ name: `${name}.`, type: 'TXT', ttl: 60, changetype: 'REPLACE', records }],
      })
    },
    close: async () => {
      await ask('DELETE', `/zones/${zone}.`)
    },
  }
}

async function lookup(resolver: Resolver, name: string, type: RRset['type']): Promise<string[]> {
  try {
    if (type === 'CNAME') return await resolver.resolveCname(name)
    // The suite asks for these four alone.
    if (type !== 'TXT') return await (type === 'AAAA' ? resolver.resolve6(name) : resolver.resolve4(name))
    // It reads each octet as one character.
    return (await resolver.resolveTxt(name)).map((strings) => Buffer.from(strings.join(''), 'latin1').toString())
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENODATA', 'ENOTFOUND'].includes(String(error.code))) return []
    throw error
  }
}
