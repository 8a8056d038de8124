import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { DomainctlError } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../../command.test.support.ts'
import { jsonText } from '../json-text.ts'
import type { PipelineEntry } from '../pipeline.ts'
import { runnerText } from '../runner-text.ts'
import { markdownRow } from './markdown.ts'
import { githubReport } from './report.ts'
import { workflowCommand } from './workflow-command.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

/** What the runner takes a line for: ActionCommand.TryParseV2, then TryParse. */
function commandIn(line: string): string | null {
  const start = line.replace(/^[\s\u0085]+/, '')
  const v2 = /^::([^ :]+)(?: (.*?))?::(.*)$/s.exec(start)
  if (v2) return v2[1] ?? ''
  return /##\[([^\]\s;]+)[^\]]*\]/.exec(line)?.[1] ?? null
}

const linesOf = (text: string) => text.split(/\r\n|\r|\n/)

/** Texts of what a runner looks for, among others. */
const hostile = fc
  .array(
    fc.oneof(fc.constantFrom('::', '##[', ']', '%0A', '%', ' ', '\n', '\r', '\u0085', '|', '`', '<', 'error', ','), fc.string()),
  )
  .map((parts) => parts.join(''))

describe('workflow commands', () => {
  it('have texts that are no more than texts', () => {
    fc.assert(
      fc.property(hostile, hostile, (title, message) => {
        const line = workflowCommand({ level: 'error', title, message })
        expect(line).not.toMatch(/[\r\n]/)
        // As the runner reads it: up to the next ::, properties at commas, then unescaped.
        const [, properties = '', data = ''] = /^::error (.*?)::(.*)$/s.exec(line) ?? []
        expect(properties.split(',')).toHaveLength(1)
        const plain = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n')
        const unescaped = plain(properties.slice('title='.length)).replaceAll('%3A', ':').replaceAll('%2C', ',')
        expect(unescaped.replaceAll('%25', '%')).toBe(title)
        expect(plain(data).replaceAll('%25', '%')).toBe(message)
      }),
    )
  })

  it('come from nothing that others wrote', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = runnerText(text)
        expect(linesOf(safe).flatMap((line) => commandIn(line) ?? [])).toEqual([])
        expect(runnerText(safe)).toBe(safe)
      }),
    )
    fc.assert(
      fc.property(hostile, (text) => {
        const json = jsonText({ text })
        expect(commandIn(json)).toBeNull()
        expect(JSON.parse(runnerText(json))).toEqual({ text })
      }),
    )
  })
})

it('any text is one cell of a table', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const row = markdownRow([text, 'b'])
      expect(row.match(/\|/g)).toHaveLength(3)
      expect(row.slice(0, -1)).not.toMatch(/[\r\n`<]/)
    }),
  )
})

function allOf(stream: PassThrough): string {
  let text = ''
  for (let piece = stream.read(); piece !== null; piece = stream.read()) text += String(piece)
  return text
}

/** A report into files as the runner gives them. */
async function report(entries: readonly PipelineEntry[], o: { exitCode: number; error?: DomainctlError; summary?: string }) {
  const folder = await temporaryFolder()
  const env = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') }
  if (o.summary !== undefined) await writeFile(env.GITHUB_STEP_SUMMARY, o.summary)
  const stderr = new PassThrough()
  const written = githubReport({ env, stderr, now: () => NOW })
  written.begin({ name: 'renew', onlyLooks: false })
  for (const entry of entries) written.add(entry)
  await written.end(o)
  const outputs = (await readFile(env.GITHUB_OUTPUT, 'utf8')).trimEnd().split('\n')
  return {
    annotations: allOf(stderr).trimEnd().split('\n'),
    outputs: Object.fromEntries(outputs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
    summary: await readFile(env.GITHUB_STEP_SUMMARY, 'utf8'),
  }
}

const failure = (message: string) => new DomainctlError('DNS_NOT_READY', message, { hint: 'Make it.' })
const certificate = (notBefore: string, notAfter: string) =>
  ({ status: 'active', certificate: { notBefore, notAfter } }) as unknown as NonNullable<PipelineEntry['domain']>

describe('the report', () => {
  it('shows ten of a level, and counts the others', async () => {
    const entries = Array.from({ length: 25 }, (_, i) => ({
      name: `n${i}.example.com`,
      place: 24 - i,
      changed: false,
      error: failure(`n${i}.example.com has no record.`),
    }))
    const { annotations, outputs, summary } = await report(entries, { exitCode: 3 })
    expect(annotations).toHaveLength(10)
    expect(annotations[0]).toMatch(/^::error title=domainctl%3A DNS_NOT_READY::n24\.example\.com has no record\. Make it\./)
    expect(annotations[9]).toContain('and 16 more')
    expect(outputs).toMatchObject({ 'exit-code': '3', result: 'not-ready', 'failed-count': '25', complete: 'true' })
    expect(JSON.parse(outputs.failed ?? '')).toHaveLength(25)
    expect(outputs['error-codes']).toBe('["DNS_NOT_READY"]')
    expect(summary.match(/^\| n\d+/gm)).toHaveLength(25)
    expect(summary).toMatch(/^### domainctl renew: not-ready\n/)
  })

  it('says what was changed, and what ends soon for its length', async () => {
    const entries = [
      { name: 'a.example.com', changed: true, domain: certificate('2026-11-22T00:00:00Z', '2027-02-20T00:00:00Z') },
      { name: 'b.example.com', changed: false, domain: certificate('2026-09-02T00:00:00Z', '2026-12-01T00:00:00Z') },
      { name: 'short.example.com', changed: false, domain: certificate('2026-11-20T00:00:00Z', '2026-11-26T00:00:00Z') },
    ]
    const { annotations, outputs } = await report(entries, { exitCode: 0 })
    expect(outputs).toMatchObject({ changed: '["a.example.com"]', expiring: '["b.example.com"]', failed: '[]', result: 'done' })
    expect(annotations).toEqual([
      expect.stringMatching(/^::warning title=domainctl%3A b\.example\.com::b\.example\.com: Its certificate ends/),
    ])
  })

  it('keeps within what the runner takes, beside what is in the file already', async () => {
    const summary = 'x'.repeat(1024 * 1024 - 5000)
    const entries = Array.from({ length: 12_000 }, (_, i) => ({ name: `name-${i}.example.com`, changed: true }))
    const told = await report(entries, { exitCode: 0, summary })
    expect(Buffer.byteLength(told.summary)).toBeLessThanOrEqual(1024 * 1024)
    expect(told.summary).toMatch(/and \d+ more: see the log\.\n$/)
    expect(told.outputs).toMatchObject({ complete: 'false', 'changed-count': '12000' })
    expect((await report(entries, { exitCode: 0, summary: 'x'.repeat(1024 * 1024) })).summary).toHaveLength(1024 * 1024)
  })

  it('is one line each in the file of outputs, whatever a name has', async () => {
    const name = 'a\nPATH=evil\r\n<<EOF'
    const { outputs } = await report([{ name, changed: false, error: failure(`${name}\n::stop-commands::x`) }], { exitCode: 2 })
    expect(Object.keys(outputs)).not.toContain('PATH')
    expect(JSON.parse(outputs.failed ?? '')).toEqual([name])
  })

  it('begins a line of its own where another program has left one open', async () => {
    const folder = await temporaryFolder()
    const env = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') }
    for (const file of Object.values(env)) await writeFile(file, 'left=open')
    const told = () => githubReport({ env, stderr: new PassThrough(), now: () => NOW }).end({ exitCode: 0 })
    await told()
    await told()
    const outputs = await readFile(env.GITHUB_OUTPUT, 'utf8')
    expect(outputs).toMatch(/^left=open\nexit-code=0\n/)
    expect(outputs).not.toContain('\n\n')
    expect(await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')).toMatch(/^left=open\n### /)
  })

  it('says when a file cannot be written, and fails nothing', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'output'))
    const stderr = new PassThrough()
    await githubReport({ env: { GITHUB_OUTPUT: join(folder, 'output') }, stderr, now: () => NOW }).end({ exitCode: 0 })
    expect(allOf(stderr)).toMatch(/^::warning title=domainctl::The outputs cannot be written to .*EISDIR/)
  })
})

describe('the command', () => {
  it('tells GitHub what keeps it from beginning, and JSON stays one document', async () => {
    const folder = await temporaryFolder()
    const env = { GITHUB_OUTPUT: join(folder, 'out'), GITHUB_ACTIONS: 'true' }
    const ran = await runIn(folder, ['add', 'x\n::error::y', '--output', 'github', '--json'], { env })
    expect(ran.code).toBe(2)
    ran.json()
    expect(linesOf(ran.stderr).flatMap((line) => commandIn(line) ?? [])).toEqual(['error'])
    expect(await readFile(env.GITHUB_OUTPUT, 'utf8')).toContain('exit-code=2\nresult=usage\n')
    const unknown = await runIn(folder, ['add', '--outptu', '--output=github'], { env })
    expect(unknown.stderr).toMatch(/^::error title=domainctl%3A USAGE::/m)
  })

  it('refuses another form', async () => {
    const folder = await temporaryFolder()
    for (const [argv, env] of [
      [['list', '--output', 'gitlab'], {}],
      [['list'], { DOMAINCTL_OUTPUT: 'gitlab' }],
    ] as const) {
      const ran = await runIn(folder, [...argv], { env })
      expect(ran.code).toBe(2)
      expect(ran.stderr).toContain('github')
    }
  })

  it('takes no command from what is given to it, in a runner without the option as well', async () => {
    const folder = await temporaryFolder()
    const given = '##[add-mask]x ::error::y'
    for (const args of [
      ['--state', given],
      ['--provider', given],
      ['--config', given],
    ]) {
      const ran = await runIn(folder, ['add', 'shop.example.com', ...args], { env: { GITHUB_ACTIONS: 'true' } })
      expect(linesOf(ran.stdout + ran.stderr).flatMap((line) => commandIn(line) ?? [])).toEqual([])
    }
  })
})
