import { expect, it } from 'vitest'
import { mark, signsFor } from './marks.ts'
import { widthOf } from './text.ts'

it.each([
  [{}, true],
  [{ LANG: 'de_DE.UTF-8' }, true],
  [{ LANG: 'C.utf8' }, true],
  [{ LC_ALL: '', LANG: 'en_US.UTF-8' }, true],
  [{ LANG: 'C' }, false],
  [{ LC_ALL: 'POSIX', LANG: 'en_US.UTF-8' }, false],
  [{ LC_CTYPE: 'de_DE.ISO-8859-1', LANG: 'en_US.UTF-8' }, false],
  [{ TERM: 'linux', LANG: 'en_US.UTF-8' }, false],
])('with %j signs stay: %s', (env, stay) => {
  const text = '✔ ✖ … • ██░░ a · b bücher.example l·l.example'
  const shown = signsFor(env)(text)
  expect(shown).toBe(stay ? text : '+ x ~ * ##-- a - b bücher.example l·l.example')
  expect(widthOf(shown)).toBe(widthOf(text))
})

it('each mark takes one column', () => {
  const plain = (_: unknown, text: string) => text
  for (const one of ['ok', 'warn', 'fail', 'wait', 'changed', 'info'] as const) expect(widthOf(mark(plain, one))).toBe(1)
})
