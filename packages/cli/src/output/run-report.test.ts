import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { createOutput } from './output.ts'
import { jsonReport, textReport } from './run-report.ts'

function reports(flags: { json?: boolean; verbose?: boolean; quiet?: boolean }) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const io = { stdout, stderr, env: {}, now: () => new Date('2026-11-22T10:00:00Z') }
  const make = flags.json ? jsonReport : textReport
  return {
    report: make(io, createOutput(io, flags), { once: false }),
    told: () => String((flags.json ? stdout : stderr).read() ?? ''),
  }
}

it.each([{}, { quiet: true }, { json: true }])('a warning of the engine is told whoever reads it: %j', (flags) => {
  const { report, told } = reports(flags)
  report.log('warn', 'notices could not be delivered', { channel: 'on\u001b[31mcall' })
  expect(told()).toMatch(/notices could not be delivered.*channel.*on.*call/)
  report.log('debug', 'another process is at work on it')
  expect(told()).toBe('')
})

it.each([{}, { json: true }])('it is told that a state is waited for, and where it was kept before it changed: %j', (flags) => {
  const { report, told } = reports(flags)
  report.log('info', 'Another process is bringing it up to date.', { state: 'x', isWaiting: true })
  expect(told()).toContain('Another process is bringing it up to date.')
  report.log('info', 'As it was it is kept.', { backup: 'x.v3.backup' })
  expect(told()).toContain('As it was it is kept.')
  report.log('info', 'the CA asks for fewer requests', { ca: 'x' })
  expect(told()).toBe('')
})

it('what the network says in a warning controls no terminal', () => {
  const { report, told } = reports({})
  report.log('error', 'x', { error: 'a\u001b[2Jb\u202e' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
  expect(told().replace(/\n$/, '')).not.toMatch(/[\u0000-\u001f\u202e]/)
})
