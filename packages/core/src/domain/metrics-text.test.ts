import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Metric, metricsText } from './metrics-text.ts'

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
/** The grammar of the format as its documentation has it: https://prometheus.io/docs/instrumenting/exposition_formats/. */
const LINE = new RegExp(
  `^(${NAME})(?:\\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*",?)*)\\})? ([-+]?(?:Inf|[0-9.e+-]+)|NaN)$`,
)
const COMMENT = new RegExp(`^# (?:HELP ${NAME} (?:[^\\\\\\n]|\\\\[\\\\n])*|TYPE ${NAME} (?:counter|gauge|histogram))$`)

/** Reads it back as Prometheus does. */
function parse(text: string): { name: string; labels: Record<string, string>; value: number }[] {
  expect(text === '' || text.endsWith('\n')).toBe(true)
  return text
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      if (line.startsWith('#')) {
        expect(line).toMatch(COMMENT)
        return []
      }
      const [, name = '', pairs = '', value = ''] = LINE.exec(line) ?? expect.fail(`no line of the format: ${line}`)
      const labels = [...pairs.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => {
        return [label, text.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))]
      })
      return [{ name, labels: Object.fromEntries(labels), value: Number(value.replace('Inf', 'Infinity')) }]
    })
}

describe('metricsText', () => {
  it('is read back as it was', () => {
    const value = fc.oneof(fc.double(), fc.integer())
    const sample = fc.record({
      labels: fc.dictionary(fc.constantFrom('name', 'result', 'ca'), fc.string({ unit: 'binary' })),
      value,
    })
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1 }), fc.string({ unit: 'binary' }), (samples, help) => {
        const metric: Metric = { name: 'a_metric', type: 'gauge', help, samples }
        const read = parse(metricsText([metric]))
        // The sign of zero is no matter.
        expect(read).toEqual(samples.map(({ labels, value }) => ({ name: 'a_metric', labels, value: value === 0 ? 0 : value })))
      }),
    )
  })

  it('adds up the buckets of a histogram', () => {
    const series = [{ labels: { kind: 'domain' }, counts: [2, 0, 3, 1], sum: 12.5 }]
    const read = parse(metricsText([{ name: 'took_seconds', help: 'How long.', bounds: [0.1, 1, 10], series }]))
    expect(read.map(({ name, labels, value }) => [name, labels.le, value])).toEqual([
      ['took_seconds_bucket', '0.1', 2],
      ['took_seconds_bucket', '1', 2],
      ['took_seconds_bucket', '10', 5],
      ['took_seconds_bucket', '+Inf', 6],
      ['took_seconds_sum', undefined, 12.5],
      ['took_seconds_count', undefined, 6],
    ])
  })

  it('leaves out what has no sample', () => {
    expect(metricsText([{ name: 'nothing', type: 'gauge', help: 'Nothing.', samples: [] }])).toBe('')
  })
})
