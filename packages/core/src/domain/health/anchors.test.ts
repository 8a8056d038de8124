import { expect, it } from 'vitest'
import { readListenAddress } from '../listen-address.ts'
import { readAnchors } from './anchors.ts'

it('the public ones are what their text says', () => {
  const anchors = readAnchors({})
  expect(anchors.length).toBeGreaterThan(2)
  expect(anchors).toEqual(anchors.map(({ shown }) => readListenAddress(shown)))
})

it('a lab has none', () => expect(readAnchors({ allowPrivate: true })).toEqual([]))

it('those that were given take their place', () => {
  const given = { allowPrivate: true, health: { anchors: ['[2001:db8::1]:853'] } }
  expect(readAnchors(given)).toEqual([{ host: '2001:db8::1', port: 853, shown: '[2001:db8::1]:853' }])
})

it.each(['one.one.one.one:443', '1.1.1.1', '[1.1.1.1]:443'])('%s is none', (text) =>
  expect(() => readAnchors({ health: { anchors: [text] } })).toThrow('no place that could be connected to'),
)
