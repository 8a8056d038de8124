import type { Check } from '@domainctl/core'
import { expect, it } from 'vitest'
import { openChecks } from './open-checks.ts'

it.each([
  [[false], 'The only check of a.example is not right'],
  [[false, true], '1 of 2 checks of a.example is not right'],
  [[false, true, false], '2 of 3 checks of a.example are not right'],
  [[false, false], '2 of 2 checks of a.example are not right'],
])('counts %j', (oks, sentence) => {
  expect(
    openChecks(
      'a.example',
      oks.map((ok) => ({ ok }) as Check),
    ),
  ).toBe(sentence)
})
