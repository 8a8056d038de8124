import { describe, expect, it } from 'vitest'
import { runPipeline } from './pipeline.ts'

const node = process.execPath
const o = { cwd: '/', env: {}, keep: true, signal: new AbortController().signal }
const script = (code: string) => [node, '-e', code] as const

describe('a pipeline', () => {
  it('gives the output of one command to the next, and keeps what is printed', async () => {
    const say = script('process.stdout.write("a".repeat(300_000)); process.stderr.write("note\\n")')
    const count = script('let n = 0; process.stdin.on("data", (c) => { n += c.length }).on("end", () => console.log(n))')
    expect(await runPipeline([say, count], o)).toEqual({ exitCode: 0, printed: expect.stringContaining('300000\n') })
  })

  it.each([
    [[3, 0], 3],
    [[0, 4], 4],
    [[5, 6], 5],
  ])('of exit codes %j ends with %d', async (codes, exitCode) => {
    const commands = codes.map((code) => script(`process.exitCode = ${code}`))
    expect(await runPipeline(commands, o)).toMatchObject({ exitCode })
  })

  it('survives a command that does not read its input', async () => {
    const endless = script(
      'process.stdout.on("error", () => process.exit(0)); setInterval(() => process.stdout.write("x".repeat(65536)), 1)',
    )
    expect(await runPipeline([endless, script('process.exitCode = 9')], o)).toMatchObject({ exitCode: 9 })
  })

  it('is ended by a signal', async () => {
    const stopping = new AbortController()
    const waiting = runPipeline([script('setInterval(() => {}, 1000)')], { ...o, signal: stopping.signal })
    stopping.abort()
    expect(await waiting).toMatchObject({ exitCode: 143 })
  })
})
