import { describe, expect, it } from 'vitest'
import { TOUR_BEGIN, TOUR_STEPS, tourEnd } from './tour-steps.ts'
import { paragraph, typed } from './tour-text.ts'

describe('the words of the tour', () => {
  it('fit into 80 columns', () => {
    const lines = [
      ...paragraph(TOUR_BEGIN),
      ...TOUR_STEPS.flatMap(({ about, commands }, i) => [...paragraph(`${i + 1}. ${about}`), ...typed(commands)]),
      ...tourEnd('npx domainctl'),
    ]
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80)
  })

  it('can be typed as they stand', () => {
    expect(
      typed([
        ['records', 'a.test', '--json'],
        ['sandbox', 'publish'],
      ]),
    ).toEqual(['$ domainctl records a.test --json | domainctl sandbox publish'])
    const names = Array.from({ length: 8 }, (_, i) => `name-${i}.example.test`)
    const lines = typed([['add', ...names, '--label', 'a b']])
    expect(lines.slice(0, -1).every((line) => line.endsWith(' \\'))).toBe(true)
    expect(lines.map((line) => line.replace(/ \\$/, '').trim()).join(' ')).toBe(
      `$ domainctl add ${names.join(' ')} --label 'a b'`,
    )
  })
})
