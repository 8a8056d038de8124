import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createOutput } from './output.ts'
import { type Looked, watchReport } from './watched-health.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

const look = (name: string, state: Looked['state'], problem = ''): Looked => ({
  name,
  state,
  at: NOW,
  ms: 12,
  problem,
  line: { state, problem },
})

function reporting(o: { json?: boolean; terminal?: { columns: number; rows: number }; env?: Record<string, string> }) {
  const { json = false, terminal, env = { NO_COLOR: '1' } } = o
  const stdout = Object.assign(new PassThrough(), terminal && { isTTY: true, ...terminal })
  let text = ''
  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const io = { stdout, stderr: new PassThrough(), env, now: () => NOW }
  const report = watchReport(io, createOutput(io, { json }))
  return {
    report,
    async printed() {
      await new Promise(setImmediate)
      return text
    },
  }
}

const ROUNDS = [
  [look('a.example', 'ok'), look('b.example', 'ok')],
  [look('a.example', 'ok'), look('b.example', 'broken', 'tcp TCP_REFUSED\u001b[2J')],
  [look('a.example', 'ok'), look('b.example', 'broken', 'tcp TCP_REFUSED\u001b[2J')],
]

it('tells of each change on a line where nobody sees a table', async () => {
  const { report, printed } = reporting({})
  for (const round of ROUNDS) report.looked(round)
  const lines = (await printed()).trimEnd().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[2]).toMatch(/^[\d :-]+ b\.example: broken tcp TCP_REFUSED/)
  expect(lines.join('')).not.toContain('\u001b')
})

it('prints what is new for programs', async () => {
  const { report, printed } = reporting({ json: true })
  for (const round of ROUNDS) report.looked(round)
  expect(
    (await printed())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { at: NOW.toISOString(), name: 'a.example', state: 'ok' },
    { name: 'b.example', state: 'ok' },
    { name: 'b.example', state: 'broken' },
  ])
})

it('writes over a table on a terminal, the worst first and no more than it has lines', async () => {
  const { report, printed } = reporting({ terminal: { columns: 80, rows: 7 } })
  const many = Array.from({ length: 50 }, (_, i) => look(`n${i}.example`, i === 49 ? 'broken' : 'ok'))
  report.looked(many)
  const text = await printed()
  expect(text.split('\n')).toHaveLength(7)
  expect(text).toMatch(/1 broken, 49 ok\nNAME .*\nn49\.example +broken/)
  expect(text).toContain('and 47 more\n')
  const dumb = reporting({ terminal: { columns: 80, rows: 7 }, env: { TERM: 'dumb' } })
  dumb.report.looked([look('a.example', 'ok')])
  expect(await dumb.printed()).toMatch(/ a\.example: ok\n$/)
})
