import { expect, test } from 'vitest'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { NEVER } from './lab.test.support.ts'
import type { ResourceRecord } from './message.ts'
import { NameServers, noServers } from './name-servers.ts'
import { Resolver } from './resolver.ts'

// Where there is glue the resolver is not asked, and without a resolver nothing is known.
const nameServers = new NameServers(new Resolver([], loopbackClock()), false)
const a = (name: string, value: string): ResourceRecord => ({ name, type: 'A', ttl: 60, value })

test('servers at private addresses are told apart from those that may be asked', async () => {
  const names = ['ns2.example.test', 'ns1.example.test', 'ns1.example.test']
  const glue = [a('ns1.example.test', '9.9.9.9'), a('ns1.example.test', '10.0.0.1'), a('ns2.example.test', '127.0.0.1')]
  const found = await nameServers.authority('example.test', { names, glue, source: 'parent' }, NEVER)
  expect(found).toEqual({
    zone: {
      apex: 'example.test',
      servers: [{ name: 'ns1.example.test', address: '9.9.9.9' }],
      nameServers: ['ns1.example.test', 'ns2.example.test'],
      source: 'parent',
      refused: [
        { name: 'ns2.example.test', address: '127.0.0.1' },
        { name: 'ns1.example.test', address: '10.0.0.1' },
      ],
      warnings: [
        'Name server ns2.example.test of example.test was left out: 127.0.0.1 is not a public address.',
        'Name server ns1.example.test of example.test was left out: 10.0.0.1 is not a public address.',
      ],
    },
    addressless: [],
  })
})

test('names without an address are among the warnings and on their own', async () => {
  const names = ['ns1.example.test', '\u001b[2J', '']
  const { zone, addressless } = await nameServers.authority('example.test', { names, glue: [], source: 'resolver' }, NEVER)
  expect(zone).toMatchObject({ servers: [], refused: [], source: 'resolver', warnings: addressless })
  expect(addressless).toEqual([
    expect.stringContaining('Name server ns1.example.test of example.test was left out: its address was not found'),
    'Name server "\\u001b[2J" of example.test was left out: its name is not a host name.',
    expect.stringContaining('its name is not a host name'),
  ])
  expect(noServers(zone)).toMatchObject({ code: 'DNS_UNREACHABLE', hint: expect.stringContaining('Correct the name servers') })
})

test('as many refused addresses are kept as are asked at most', async () => {
  const glue = Array.from({ length: 200 }, (_, i) => a('ns1.example.test', `10.0.0.${i}`))
  const { zone } = await nameServers.authority('example.test', { names: ['ns1.example.test'], glue, source: 'parent' }, NEVER)
  expect(zone.refused).toHaveLength(13)
  expect(zone.warnings.length).toBeLessThanOrEqual(14)
})
