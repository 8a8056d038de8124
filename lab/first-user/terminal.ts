import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { runTool } from '../tool.ts'

/** What came of one line that was typed. */
export interface Scene {
  code: number
  /** Lines as they were printed, those that the terminal folded as one. */
  lines: string[]
}

/** A terminal of its own with a shell in it, and whoever types there. */
export interface Terminal {
  /** Types a line and waits for the shell; `answers` are typed as soon as their questions stand on the screen. */
  type(line: string, answers?: readonly (readonly [question: string, ...keys: string[]])[]): Promise<Scene>
  resize(columns: number, rows: number): Promise<void>
  /** All that a person would find by scrolling back, in colours. */
  scrollback(): Promise<string>
  stop(): Promise<void>
}

const PATIENCE = 30_000
const PROMPT = /^\[(\d+)\] \$ ?$/

/**
 * @param o `socket`: a path of this terminal's own, so that no tmux of anybody else is met; `command` runs bash somewhere
 */
export async function openTerminal(o: {
  socket: string
  command: readonly string[]
  cwd: string
  env: Record<string, string>
  columns: number
  rows: number
}): Promise<Terminal> {
  const call = (...args: string[]) => runTool(['tmux', '-S', o.socket, '-f', '/dev/null', ...args], { cwd: o.cwd, env: o.env })
  const tmux = async (...args: string[]) => {
    const { code, stdout, stderr } = await call(...args)
    if (code !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr || `exit code ${code}`}`)
    return stdout
  }
  const size = ['-x', String(o.columns), '-y', String(o.rows)]
  await tmux(
    'new-session',
    '-d',
    ...size,
    ...Object.entries(o.env).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
    ...o.command,
  )
  await tmux('set', '-g', 'history-limit', '20000')
  const lines = async () =>
    (await tmux('capture-pane', '-p', '-J', '-S', '-'))
      .trimEnd()
      .split('\n')
      .map((line) => line.trimEnd())
  const until = async (isThere: (lines: string[]) => boolean, what: string) => {
    const deadline = performance.now() + PATIENCE
    for (let seen = await lines(); ; seen = await lines()) {
      if (isThere(seen)) return seen
      if (performance.now() > deadline) expect.fail(`The terminal never showed ${what}, but:\n${seen.join('\n')}`)
      await delay(40)
    }
  }
  const prompts = (seen: readonly string[]) => seen.filter((line) => /^\[\d+\] \$/.test(line)).length
  const isReady = (seen: readonly string[]) => PROMPT.test(seen.at(-1) ?? '')
  await until(isReady, 'a shell')
  return {
    async type(line, answers = []) {
      const before = await lines()
      await tmux('send-keys', '-l', line)
      await tmux('send-keys', 'Enter')
      for (const [question, ...keys] of answers) {
        await until((seen) => seen.slice(before.length).some((text) => text.includes(question)), `the question ${question}`)
        for (const key of keys) await tmux('send-keys', key)
      }
      const all = await until((seen) => prompts(seen) > prompts(before) && isReady(seen), `the end of ${line}`)
      return { code: Number(PROMPT.exec(all.at(-1) ?? '')?.[1]), lines: all.slice(before.length, -1) }
    },
    async resize(columns, rows) {
      await tmux('resize-window', '-x', String(columns), '-y', String(rows))
    },
    scrollback: () => tmux('capture-pane', '-p', '-e', '-S', '-'),
    async stop() {
      await tmux('send-keys', '-l', 'exit')
      await tmux('send-keys', 'Enter')
      // tmux ends once it has seen the end of what it ran, which writes into its folder until then.
      const deadline = performance.now() + PATIENCE
      while ((await call('has-session')).code === 0) {
        if (performance.now() > deadline) return void (await call('kill-server'))
        await delay(40)
      }
    },
  }
}
