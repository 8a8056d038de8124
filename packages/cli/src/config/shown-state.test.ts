import { describe, expect, it } from 'vitest'
import { shownState } from './shown-state.ts'

describe('shownState', () => {
  it.each([
    ['file:/srv/state.db', 'file:/srv/state.db'],
    ['postgres://host/db', 'postgres://host/db'],
    [
      'postgres://me:s%40cret@host:5432/db?schema=x&sslmode=verify-full',
      'postgres://me@host:5432/db?schema=x&sslmode=verify-full',
    ],
    ['postgresql://me:secret@host/db', 'postgresql://me@host/db'],
    ['postgres://me@host/db?password=secret&schema=x', 'postgres://me@host/db?schema=x'],
  ])('of %s', (url, shown) => expect(shownState(url)).toBe(shown))
})
