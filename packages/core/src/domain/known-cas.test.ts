import { expect, it } from 'vitest'
import { KNOWN_CAS, knownCaaIdentities } from './known-cas.ts'

it('ZeroSSL goes by all names of the CA that issues for it, and the first one is what records are told to have', () => {
  const names = knownCaaIdentities('https://acme.zerossl.com/v2/DV90')
  expect(names?.[0]).toBe('sectigo.com')
  expect(names).toEqual(expect.arrayContaining(['trust-provider.com', 'usertrust.com', 'comodoca.com', 'comodo.com']))
})

it('each has a directory of its own', () => {
  const directories = Object.values(KNOWN_CAS).map(({ directory }) => directory)
  expect(new Set(directories).size).toBe(directories.length)
})
