import type { Unapplication } from '@domainctl/core'
import { expect, it } from 'vitest'
import { takenBackLines } from './applied.ts'

it('says of what was put back whether it is proxied', () => {
  const restored: Unapplication['restored'] = [
    { name: 'a.example', type: 'A', values: ['192.0.2.8', '192.0.2.9'], ttl: 300, proxied: true },
  ]
  expect(takenBackLines({ removed: [], restored, warnings: [] }, (_, text) => text)).toEqual([
    '  put back: a.example. 300 IN A 192.0.2.8 ; proxied',
    '  put back: a.example. 300 IN A 192.0.2.9 ; proxied',
  ])
})
