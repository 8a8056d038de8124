import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonText } from './json-text.ts'
import { longDocument } from './long-document.ts'

/** The places of the list in an order of their own. */
const shuffled = fc.array(fc.jsonValue(), { maxLength: 12 }).chain((items) =>
  fc.record({
    items: fc.constant(items),
    places: fc.shuffledSubarray([...items.keys()], { minLength: items.length, maxLength: items.length }),
  }),
)

describe('longDocument', () => {
  it('is letter for letter what jsonText makes, in whatever order its items come', async () => {
    await fc.assert(
      fc.asyncProperty(shuffled, fc.string(), async ({ items, places }, key) => {
        fc.pre(key !== 'summary' && key !== '__proto__')
        const stdout = new PassThrough()
        const printed = text(stdout)
        const document = longDocument(stdout, key)
        await Promise.all(places.map((place) => document.put(place, items[place])))
        await document.end({ summary: { ok: 1 } })
        stdout.end()
        const expected = items.length > 0 ? { [key]: items, summary: { ok: 1 } } : { [key]: [], summary: { ok: 1 } }
        // A key that is a number would come first in any object; here the list does.
        if (!/^\d+$/.test(key)) expect(await printed).toBe(`${jsonText(expected, 2)}\n`)
        expect(JSON.parse(await printed)).toEqual(JSON.parse(JSON.stringify(expected)))
      }),
    )
  })

  it('writes what it can at once, and waits for its reader', async () => {
    const stdout = new PassThrough({ highWaterMark: 10 })
    const document = longDocument(stdout, 'results')
    await document.put(1, 'second')
    expect(stdout.readableLength).toBe(0)
    let isTaken = false
    const putting = document.put(0, 'first').then(() => {
      isTaken = true
    })
    await new Promise(setImmediate)
    expect(isTaken).toBe(false)
    const printed = text(stdout)
    await putting
    await document.end({ summary: {} })
    stdout.end()
    expect(JSON.parse(await printed)).toEqual({ results: ['first', 'second'], summary: {} })
  })

  it('waits for nobody once the reader has gone', async () => {
    const stdout = new Writable({ highWaterMark: 1, write: () => undefined })
    const gone = once(stdout, 'close')
    const document = longDocument(stdout, 'results')
    const putting = document.put(0, 'first')
    stdout.destroy()
    await gone
    await putting
    stdout.on('error', () => undefined)
    await document.put(1, 'second')
    await document.end({ summary: {} })
  })
})
