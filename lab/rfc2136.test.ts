import { randomBytes } from 'node:crypto'
import type { DnsProvider } from '@domainctl/core'
import { describeDnsProvider } from '@domainctl/core/testing'
import { createRfc2136 } from '@domainctl/providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../packages/core/src/runtime/clock.ts'
import { dig } from './dig.ts'
import { nsupdate } from './nsupdate.ts'
import { startBind } from './servers/bind.ts'
import { startKnot } from './servers/knot.ts'
import { freePort } from './servers/port.ts'
import { addresses, type NameServers, type TsigKey } from './servers/zones.ts'

const zone = 'example.test'
const start = { bind: startBind, knot: startKnot }
const random = { bytes: (length: number) => randomBytes(length) }

interface Subject {
  servers: NameServers
  port: number
  key: TsigKey
  provider: DnsProvider
}

async function startSubject(dns: 'bind' | 'knot', algorithm: TsigKey['algorithm']): Promise<Subject> {
  const key: TsigKey = { name: 'conformance', algorithm, secret: randomBytes(64).toString('base64') }
  const port = await freePort()
  const servers = await start[dns]({ port, keys: [key] })
  return { servers, port, key, provider: providerOf({ port, key }) }
}

function providerOf(
  { port, key, only }: { port: number; key: TsigKey; only?: string },
  server: string = addresses.primary,
): DnsProvider {
  return createRfc2136(
    {
      nameserver: `${server}:${port}`,
      tsigKey: key.name,
      tsigSecret: key.secret,
      tsigAlgorithm: key.algorithm,
      ...(only !== undefined && { zone: only }),
    },
    { clock: systemClock(), random },
  )
}

const update = ({ port, key }: Subject, ...lines: string[]) =>
  nsupdate([`server ${addresses.primary} ${port}`, `zone ${zone}`, ...lines.map((line) => `update ${line}`)], key)

const ask = ({ port }: Subject, name: string, type: string) =>
  dig(name, type, { address: addresses.primary, port, recursive: false })

describe.each([
  ['bind', 'hmac-sha256'],
  ['knot', 'hmac-sha512'],
] as const)('rfc2136 with %s', (dns, algorithm) => {
  describeDnsProvider(dns, async () => {
    const subject = await startSubject(dns, algorithm)
    await update(subject, `add away.${zone} 60 NS ns.elsewhere.test`)
    return {
      provider: subject.provider,
      // Knot looks at a key only where a zone is asked for.
      wrongCredential: () =>
        providerOf({ ...subject, key: { ...subject.key, secret: randomBytes(64).toString('base64') }, only: zone }),
      zone,
      delegated: `away.${zone}`,
      async lookup(name, type) {
        const { answer } = await ask(subject, name, type)
        const values = answer.filter((record) => record.type === type).map(({ data }) => data)
        return values.map((data) => (type === 'TXT' ? textOf(data) : data.replace(/\.$/, '')))
      },
      addForeign: (name, value) => update(subject, `add ${name} 60 TXT "${value}"`),
      close: () => subject.servers.stop(),
    }
  })

  describe('besides', () => {
    let subject: Subject
    const o = { signal: new AbortController().signal }
    const found = { id: zone, name: zone }

    beforeAll(async () => {
      subject = await startSubject(dns, algorithm)
    })
    afterAll(async () => {
      await subject.provider.close?.()
      await subject.servers.stop()
    })

    test('100 concurrent changes are at most two updates of the zone', async () => {
      const serial = async () => Number((await ask(subject, zone, 'SOA')).answer[0]?.data.split(' ')[2])
      const before = await serial()
      const names = Array.from({ length: 100 }, (_, i) => `_acme-challenge.n${i}.${zone}`)
      await Promise.all(names.map((name) => subject.provider.addValues(found, { name, type: 'TXT', ttl: 60, values: ['v'] }, o)))
      expect((await serial()) - before).toBeLessThanOrEqual(2)
      for (const name of names) expect((await ask(subject, name, 'TXT')).answer).toHaveLength(1)
    })

    test('what a wildcard stands in for is not taken for a set of the name', async () => {
      await update(subject, `add *.wild.${zone} 60 A 192.0.2.1`)
      const name = `www.wild.${zone}`
      expect((await ask(subject, name, 'A')).answer).toHaveLength(1)
      expect(await subject.provider.getRRset(found, name, 'A', o)).toBeNull()
      const change = await subject.provider.setRRset(found, { name, type: 'A', ttl: 60, values: ['192.0.2.2'] }, o)
      expect(change.previous).toBeNull()
    })

    test('a zone is found where it takes updates for the key, which changes nothing, and not at a server that has it for others', async () => {
      const serial = async () => (await ask(subject, zone, 'SOA')).answer[0]?.data.split(' ')[2]
      const before = await serial()
      const fresh = providerOf(subject)
      expect(await fresh.findZone(`www.${zone}`, o)).toEqual(found)
      await fresh.close?.()
      expect(await serial()).toBe(before)
      for (const [server, name] of [
        [addresses.secondary, `www.${zone}`],
        [addresses.parent, 'www.elsewhere.test'],
      ] as const) {
        const elsewhere = providerOf(subject, server)
        const looking = elsewhere.findZone(name, o)
        // Knot does not even answer a question that is signed with a key which may do nothing in the zone.
        if (dns === 'knot') await expect(looking).rejects.toMatchObject({ code: 'PROVIDER_AUTH' })
        else expect(await looking).toBeNull()
        await elsewhere.close?.()
      }
    })

    test.each([
      ['a secret that is not the one of the server', { secret: randomBytes(64).toString('base64') }, 'BADSIG'],
      ['a key that the server does not know', { name: 'unknown' }, 'BADKEY'],
    ])('%s is told as such', async (_, wrong, reason) => {
      const provider = providerOf({ port: subject.port, key: { ...subject.key, ...wrong } })
      await expect(provider.findZone(`www.${zone}`, o)).rejects.toMatchObject({
        code: 'PROVIDER_AUTH',
        message: expect.stringContaining(reason),
      })
      await provider.close?.()
    })
  })
})

/** The text of a TXT record as dig prints it: strings in quotes, with `\"`, `\\` and `\DDD` (RFC 1035 section 5.1). */
function textOf(data: string): string {
  const octets = [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].flatMap(([, string = '']) =>
    [...string.matchAll(/\\(\d{3})|\\(.)|(.)/g)].flatMap(([, octet, escaped, plain]) =>
      octet !== undefined ? [Number(octet)] : [...Buffer.from(escaped ?? plain ?? '')],
    ),
  )
  return Buffer.from(octets).toString()
}
