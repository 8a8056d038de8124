import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from './command.test.support.ts'
import { nameMeant } from './name-meant.ts'

const KNOWN = ['shop.example.com', 'api.example.com', 'example.com', 'a.example', 'xn--bcher-kva.example', 'bücher.example']

it.each([
  ['shp.example.com', 'shop.example.com'],
  ['Shop.exmaple.com.', 'shop.example.com'],
  ['exampel.com', 'example.com'],
  ['buecher.example', 'bücher.example'],
  ['www.example.com', undefined],
  ['b.example', undefined],
  ['none.example', undefined],
  ['', undefined],
])('%s was meant to be %s', (typed, meant) => expect(nameMeant(typed, KNOWN)).toBe(meant))

describe('a name that the state does not know', () => {
  it.each([
    ['show shp.example.com'],
    ['history shp.example.com'],
    ['records shp.example.com'],
    ['export shp.example.com --out x'],
    ['health shp.example.com --history 1d'],
    ['remove shp.example.com --yes'],
  ])('gets the nearest one: %s', async (line) => {
    const folder = await temporaryFolder()
    await runIn(folder, ['add', 'shop.example.com', '--provider', 'manual'])
    const { code, stderr } = await runIn(folder, line.split(' '))
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Did you mean shop.example.com?') })
  })
})
