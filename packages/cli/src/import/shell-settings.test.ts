import fc from 'fast-check'
import { expect, it } from 'vitest'
import { plainAcmeShValue, readShellSettings } from './shell-settings.ts'

const read = (text: string) => Object.fromEntries(readShellSettings(text))

it.each([
  ["A='one two'", 'one two'],
  ['A="one two"', 'one two'],
  ['A=one', 'one'],
  ['export A=one # why', 'one'],
  ['A=', ''],
  ["A='it'\\''s'", "it's"],
  ['A="a \\"b\\" \\$c"', 'a "b" $c'],
  ['  A=x;', 'x'],
  [`B=/etc/x\nA="$\{B}/certs"`, '/etc/x/certs'],
  ['B=/etc/x\nA=$B/certs', '/etc/x/certs'],
  ["B=/etc/x\nA='$B'", '$B'],
  ['#A=no\nA=yes', 'yes'],
  ['A=a\r\n', 'a'],
])('reads %j', (text, value) => {
  expect(read(text).A).toBe(value)
})

it.each([
  'A=$(touch /tmp/x)',
  'A="`id`"',
  `A="$\{NOBODY_SET_IT}"`,
  `A="$\{B:-x}"`,
  "A='goes on\nhere'",
  'A=x; rm -rf /',
  'A=x rm',
  'A=x && y',
  'A=x > file',
])('says nothing of %j, which only a shell could tell', (text) => {
  expect(read(text).A).toBeNull()
})

it('reads what acme.sh writes with quotes in it', () => {
  expect(plainAcmeShValue('__ACME_BASE64__START_ZWNobyAiaGki__ACME_BASE64__END_')).toBe('echo "hi"')
  expect(plainAcmeShValue('plain')).toBe('plain')
})

it('gives back whatever was written in single quotes, and never fails', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      if (!/[\r\n]/.test(value)) expect(read(`A='${value.replaceAll("'", `'\\''`)}'`).A).toBe(value)
      expect(() => readShellSettings(value)).not.toThrow()
    }),
  )
})

it('says nothing of a value that grows beyond all measure', () => {
  const settings = read(`A=0123456789\n${'A=$A$A\n'.repeat(64)}B="$A"\nC=x`)
  expect(settings).toEqual({ A: null, B: null, C: 'x' })
  expect(read(`A=${'x'.repeat(4000)}\nB=${'$A'.repeat(30_000)}`).B).toBeNull()
  expect(read(`A=${'x'.repeat(60_000)}`).A).toHaveLength(60_000)
})
