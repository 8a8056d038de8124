import { clearLine, cursorTo, moveCursor } from 'node:readline'
import { PassThrough } from 'node:stream'
import type { Check } from '@domainctl/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { chained, elsewhere, missing } from './examination.test.support.ts'
import { createOutput, type OutputFlags } from './output.ts'
import { startProgress } from './progress.ts'

async function shown(
  terminal: { isTTY?: boolean; columns?: number },
  env: Record<string, string> = {},
  flags: OutputFlags = {},
  later: string[] = [],
): Promise<string> {
  const stream = new PassThrough()
  const stderr = Object.assign(stream, terminal, {
    cursorTo: (x: number) => cursorTo(stream, x),
    moveCursor: (x: number, y: number) => moveCursor(stream, x, y),
    clearLine: (direction: -1 | 0 | 1) => clearLine(stream, direction),
  })
  const io = { stdout: new PassThrough(), stderr, env }
  const progress = await startProgress(io, createOutput(io, flags), 2)
  progress.update({ name: 'a.example', message: 'looking at DNS' })
  progress.update({ name: 'a.example', message: 'looking at DNS' })
  progress.update({ name: 'b.example', message: 'says \u001b[2J' })
  for (const message of later) progress.update({ name: 'a.example', message })
  progress.done('a.example')
  progress.stop()
  stderr.end()
  const chunks: string[] = []
  for await (const chunk of stderr) chunks.push(String(chunk))
  return chunks.join('')
}

const PLAIN = 'a.example: looking at DNS\nb.example: says \\u{1b}[2J\n'

it.each([
  ['without a terminal', {}, {}],
  ['on a terminal that does not tell its width', { isTTY: true, columns: 0 }, {}],
  ['on a dumb terminal', { isTTY: true, columns: 80 }, { TERM: 'dumb' }],
  ['in CI', { isTTY: true, columns: 80 }, { CI: 'true' }],
])('%s it is plain lines, each once', async (_, terminal, env) => {
  expect(await shown(terminal, env)).toBe(PLAIN)
})

it('on a terminal it counts, and takes all its lines away in the end', async () => {
  const text = await shown({ isTTY: true, columns: 80 })
  expect(text).toContain('0 of 2 done')
  expect(text.length).toBeLessThan(5000)
  expect(text.endsWith('\u001b[?25h')).toBe(true)
})

it.each([{ json: true }, { quiet: true }])('with %j it is silent', async (flags) => {
  expect(await shown({ isTTY: true, columns: 80 }, {}, flags)).toBe('')
})

it('leaves a record that a person has to make on the screen, whole', async () => {
  const record = `make this record: _acme-challenge.a.example. 300 IN TXT "${'x'.repeat(43)}"`
  expect(await shown({}, {}, {}, [record])).toContain(`a.example: ${record}\n`)
  expect(await shown({ isTTY: true, columns: 40 }, {}, {}, [record, 'waiting'])).toContain(`a.example: ${record}\n`)
})

/** What is shown on stderr while one name is waited for. */
async function waiting(terminal: { isTTY?: boolean; columns?: number }, looks: Check[][]): Promise<string> {
  const stream = new PassThrough()
  const stderr = Object.assign(stream, terminal, {
    cursorTo: (x: number) => cursorTo(stream, x),
    moveCursor: (x: number, y: number) => moveCursor(stream, x, y),
    clearLine: (direction: -1 | 0 | 1) => clearLine(stream, direction),
  })
  const io = { stdout: new PassThrough(), stderr, env: { NO_COLOR: '1' } }
  const progress = await startProgress(io, createOutput(io, {}), 1)
  for (const checks of looks) {
    progress.update({ name: 'a.example', message: 'looking at DNS' })
    progress.update({ name: 'a.example', message: 'waiting for DNS: …', checks })
    if (vi.isFakeTimers()) vi.advanceTimersByTime(100)
  }
  progress.stop()
  stderr.end()
  const chunks: string[] = []
  for await (const chunk of stderr) chunks.push(String(chunk))
  return chunks.join('')
}

const mended: Check = { ...missing, ok: true, state: 'ok' }

it('without a terminal has a line for each check that stands otherwise than before', async () => {
  const { problem: _, severity: __, ...right } = mended
  expect(
    await waiting({}, [
      [missing, elsewhere, chained],
      [missing, elsewhere, chained],
      [right, elsewhere, chained],
    ]),
  ).toBe(
    `a.example: looking at DNS
a.example: waiting for DNS
a.example: ✖ ownership TXT _domainctl.shop.example.com: RECORD_MISSING
a.example: ✖ routing CNAME shop.example.com: ROUTING_ELSEWHERE
a.example: ✔ routing CNAME www.example.com: ROUTING_CHAINED
a.example: ✔ ownership TXT _domainctl.shop.example.com
`,
  )
})

it('on a terminal draws the table of the checks in place', async () => {
  // ora draws by an interval of its own.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const text = await waiting({ isTTY: true, columns: 100 }, [
    [missing, elsewhere],
    [missing, elsewhere],
  ])
  expect(text).toMatch(
    /CHECK +RECORD +SEEN +RESULT\n✖ +ownership +TXT _domainctl\.shop\.example\.com +nothing there +RECORD_MISSING/,
  )
  expect(text.endsWith('\u001b[?25h')).toBe(true)
  // What was drawn is erased line by line before it is drawn again.
  expect(text.split('\u001b[1A').length).toBeGreaterThan(4)
})

/** So many names, of which one has failed: the lines, or the last that was drawn. */
async function ofMany(total: number, terminal: { isTTY?: boolean; columns?: number }): Promise<string> {
  const stream = new PassThrough()
  const stderr = Object.assign(stream, terminal, {
    cursorTo: (x: number) => cursorTo(stream, x),
    moveCursor: (x: number, y: number) => moveCursor(stream, x, y),
    clearLine: (direction: -1 | 0 | 1) => clearLine(stream, direction),
  })
  const io = { stdout: new PassThrough(), stderr, env: { NO_COLOR: '1' } }
  const progress = await startProgress(io, createOutput(io, {}), total)
  for (let i = 0; i < total; i++) progress.update({ name: `n${i}.example`, message: 'ordering' })
  for (let i = 0; i < total; i++) {
    progress.done(`n${i}.example`, i > 0)
    if (vi.isFakeTimers() && i === total - 2) vi.advanceTimersByTime(100)
  }
  progress.stop()
  stderr.end()
  const chunks: string[] = []
  for await (const chunk of stderr) chunks.push(String(chunk))
  return chunks.join('')
}

it('tells of each of 3 names, and of 500 how far they are', async () => {
  expect(await ofMany(3, {})).toBe('n0.example: ordering\nn1.example: ordering\nn2.example: ordering\n')
  const lines = (await ofMany(500, {})).trimEnd().split('\n')
  expect(lines).toHaveLength(10)
  expect([lines[0], lines[9]]).toEqual(['50 of 500 done, 1 failed', '500 of 500 done, 1 failed'])
})

it('is one line of a terminal for 500 names', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const text = await ofMany(500, { isTTY: true, columns: 60 })
  expect(text).toContain('499 of 500 done, 1 failed  n499.example: ordering')
  expect(text).not.toContain('\n')
  // Every name of a few has its own line.
  expect(await ofMany(3, { isTTY: true, columns: 60 })).toContain('2 of 3 done, 1 failed\n')
})
