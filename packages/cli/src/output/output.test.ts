import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createOutput } from './output.ts'
import { paintFor } from './paint.ts'
import { table } from './table.ts'
import { printable, widthOf } from './text.ts'
import { zoneLine } from './zone-file.ts'

const terminal = () => Object.assign(new PassThrough(), { isTTY: true })

it('a document behind JSON lines is one of them', () => {
  const stdout = new PassThrough().setEncoding('utf8')
  const output = createOutput({ stdout, stderr: new PassThrough(), env: {} }, { json: true })
  output.print('{"event":"started"}')
  output.document({ error: { code: 'INTERRUPTED' } })
  expect(stdout.read()).toBe('{"event":"started"}\n{"error":{"code":"INTERRUPTED"}}\n')
})

describe('table', () => {
  it('lines up columns by what a terminal shows', () => {
    const lines = table(
      ['NAME', 'STATUS'],
      [
        ['日本語.example', 'active'],
        ['bu\u0308cher.example', 'failed'],
        ['a.example', '\u001b[32mok\u001b[39m'],
      ],
    )
    const columns = lines.map((line) => widthOf(line.slice(0, line.search(/STATUS|active|failed|\p{Cc}/u))))
    expect(new Set(columns)).toEqual(new Set([widthOf('日本語.example') + 2]))
  })

  it('leaves no blanks at the end', () => expect(table(['A', 'B'], [['long', '']])).toEqual(['A     B', 'long']))
})

describe('widthOf', () => {
  it.each([
    ['abc', 3],
    ['ü', 1],
    ['u\u0308', 1],
    ['日本', 4],
    ['한', 2],
    ['😀', 2],
    ['\u001b[1mx\u001b[22m', 1],
  ])('%j takes %i', (text, width) => expect(widthOf(text)).toBe(width))
})

describe('printable', () => {
  it('shows what would move the cursor or turn the text around', () => {
    expect(printable('a\u001b[2Jb\r\n\u202ec')).toBe('a\\u{1b}[2Jb\\u{d}\\u{a}\\u{202e}c')
  })

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
      }),
    )
  })
})

describe('paintFor', () => {
  it('colours terminals only, unless told otherwise', () => {
    const painted = (stream: PassThrough, env: Record<string, string>) => paintFor(stream, env)('bad', 'x') !== 'x'
    expect(painted(terminal(), {})).toBe(true)
    expect(painted(new PassThrough(), {})).toBe(false)
    expect(painted(terminal(), { NO_COLOR: '1' })).toBe(false)
    expect(painted(terminal(), { NO_COLOR: '' })).toBe(true)
    expect(painted(terminal(), { TERM: 'dumb' })).toBe(false)
    expect(painted(new PassThrough(), { FORCE_COLOR: '1' })).toBe(true)
    expect(painted(terminal(), { FORCE_COLOR: '0' })).toBe(false)
  })
})

describe('zoneLine', () => {
  it('ends names with a dot and quotes TXT', () => {
    expect(zoneLine({ name: '_acme-challenge.example.com', ttl: 60, type: 'CNAME', value: 'x.example.net' })).toBe(
      '_acme-challenge.example.com. 60 IN CNAME x.example.net.',
    )
    expect(zoneLine({ name: 'example.com', ttl: 60, type: 'TXT', value: 'say "hi" \\ ü' })).toBe(
      'example.com. 60 IN TXT "say \\"hi\\" \\\\ \\195\\188"',
    )
    expect(zoneLine({ name: 'example.com', ttl: 60, type: 'AAAA', value: '2001:db8::1' })).toBe(
      'example.com. 60 IN AAAA 2001:db8::1',
    )
    expect(zoneLine({ name: 'example.com', ttl: 60, type: 'TXT', value: '' })).toBe('example.com. 60 IN TXT ""')
  })

  it('cuts TXT values into strings of at most 255 octets from which the value can be read back', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600, unit: 'binary' }), (value) => {
        const line = zoneLine({ name: 'example.com', ttl: 60, type: 'TXT', value })
        const strings = [...line.matchAll(/"((?:[^"\\]|\\\d{3}|\\["\\])*)"/g)].map(([, text = '']) =>
          [...text.matchAll(/\\(\d{3})|\\(.)|(.)/g)].map(([, octet, escaped, plain]) =>
            octet ? Number(octet) : ((escaped ?? plain) || '').charCodeAt(0),
          ),
        )
        expect(strings.every(({ length }) => length <= 255)).toBe(true)
        expect(Buffer.from(strings.flat()).equals(Buffer.from(value, 'utf8'))).toBe(true)
      }),
    )
  })
})
