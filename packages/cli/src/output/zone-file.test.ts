import { expect, it } from 'vitest'
import { zoneLines } from './zone-file.ts'

const cname = { type: 'CNAME', name: 'example.com', value: 'edge.hosting.net', ttl: 300 }

it('a CNAME at the apex of its zone is a comment, since no server loads a zone with one', () => {
  const lines = zoneLines({ ...cname, zone: 'example.com' })
  expect(lines.every((line) => line.startsWith('; '))).toBe(true)
  expect(lines.join('\n')).toContain('addresses of edge.hosting.net')
  for (const zone of [{ zone: 'com' }, {}])
    expect(zoneLines({ ...cname, ...zone })).toEqual(['example.com. 300 IN CNAME edge.hosting.net.'])
})
