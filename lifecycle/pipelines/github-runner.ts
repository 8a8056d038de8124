import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { type ProgramRun, runProgram } from './run-program.ts'

/** A step of a workflow or of a composite action, as far as those of ours go. */
interface Step {
  id?: string
  if?: string
  uses?: string
  run?: string
  shell?: string
  with?: Record<string, string | number>
  env?: Record<string, string | number>
  'working-directory'?: string
}

interface Action {
  inputs?: Record<string, { default?: string; required?: boolean }>
  outputs?: Record<string, { value: string }>
  runs: { using: string; steps: Step[] }
}

/** What expressions know. */
interface Scope {
  inputs: Record<string, string>
  secrets: Record<string, string>
  vars: Record<string, string>
  steps: Record<string, { outputs: Record<string, string> }>
}

export interface GithubJob {
  workspace: string
  /** For what the runner has besides: RUNNER_TEMP, and the files of steps. */
  temporary: string
  env: Record<string, string>
  secrets?: Record<string, string>
  vars?: Record<string, string>
  /** Folder of the action that `uses` names; null: done already, as a checkout is. */
  actions(uses: string): string | null
}

/** What a job came to. */
export interface JobRun {
  ok: boolean
  /** All that was printed. */
  log: string
  summary: string
  steps: Record<string, { outputs: Record<string, string> }>
}

/**
 * Runs the steps of one job as GitHub's runner does: expressions, the files of outputs, PATH, environment and summary, composite
 * actions. What it does not know it refuses.
 */
export async function runJob(job: { env?: Record<string, string>; steps: Step[] }, o: GithubJob): Promise<JobRun> {
  const scope: Scope = { inputs: {}, secrets: o.secrets ?? {}, vars: o.vars ?? {}, steps: {} }
  const env: Record<string, string> = {
    ...o.env,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: o.workspace,
    RUNNER_TEMP: o.temporary,
  }
  Object.assign(env, evaluated(job.env, scope))
  const run: JobRun = { ok: true, log: '', summary: '', steps: scope.steps }
  const paths: string[] = []

  async function runSteps(steps: readonly Step[], of: Scope, around: Record<string, string>): Promise<void> {
    for (const step of steps) {
      if (!(step.if === undefined ? run.ok : holds(step.if, of, run.ok))) continue
      const outputs = step.uses === undefined ? await runScript(step, of, around) : await useAction(step.uses, step, of, around)
      if (step.id !== undefined) of.steps[step.id] = { outputs }
    }
  }

  async function useAction(uses: string, step: Step, of: Scope, around: Record<string, string>): Promise<Record<string, string>> {
    const folder = o.actions(uses)
    if (folder === null) return {}
    const action: Action = parse(await readFile(join(folder, 'action.yml'), 'utf8'))
    if (action.runs.using !== 'composite') throw new Error(`${uses} is no composite action`)
    const given = evaluated(step.with, of)
    const unknown = Object.keys(given).filter((name) => !(name in (action.inputs ?? {})))
    if (unknown.length > 0) throw new Error(`${uses} has no input ${unknown.join(', ')}`)
    const inputs = Object.fromEntries(
      Object.entries(action.inputs ?? {}).map(([name, { default: usual = '' }]) => [name, given[name] ?? usual]),
    )
    const inside: Scope = { ...of, inputs, steps: {} }
    await runSteps(action.runs.steps, inside, { ...around, ...evaluated(step.env, of), GITHUB_ACTION_PATH: folder })
    return evaluated(Object.fromEntries(Object.entries(action.outputs ?? {}).map(([name, { value }]) => [name, value])), inside)
  }

  async function runScript(step: Step, of: Scope, around: Record<string, string>): Promise<Record<string, string>> {
    const folder = await mkdtemp(join(o.temporary, 'step-'))
    const files = { GITHUB_OUTPUT: 'output', GITHUB_ENV: 'env', GITHUB_PATH: 'path', GITHUB_STEP_SUMMARY: 'summary' }
    const own = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, join(folder, file)]))
    await Promise.all([...Object.values(own), join(folder, 'script.sh')].map((file) => writeFile(file, '')))
    await writeFile(join(folder, 'script.sh'), evaluate(step.run ?? '', of))
    const path = [...paths.toReversed(), env.PATH ?? process.env.PATH].join(':')
    const cwd = resolve(o.workspace, evaluate(String(step['working-directory'] ?? '.'), of))
    const shell = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', join(folder, 'script.sh')] as const
    const ran: ProgramRun = await runProgram(shell, {
      cwd,
      env: { ...env, ...around, ...evaluated(step.env, of), ...own, PATH: path },
    })
    run.log += ran.stdout + ran.stderr
    if (ran.code !== 0) run.ok = false
    const read = async (name: string) => readFile(own[name] ?? '', 'utf8')
    run.summary += await read('GITHUB_STEP_SUMMARY')
    paths.push(...(await read('GITHUB_PATH')).split('\n').filter((line) => line !== ''))
    Object.assign(env, assignments(await read('GITHUB_ENV')))
    return assignments(await read('GITHUB_OUTPUT'))
  }

  await runSteps(job.steps, scope, {})
  return run
}

/** `NAME=value` on each line; the form of several lines is none that we write. */
function assignments(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      if (at < 1 || line.slice(0, at).includes('<<')) throw new Error(`no assignment: ${JSON.stringify(line)}`)
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

function evaluated(values: Record<string, string | number> = {}, scope: Scope): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, evaluate(String(value), scope)]))
}

/** `${{ inputs.x }}`, `${{ secrets.X }}`, `${{ vars.X }}`, `${{ steps.ID.outputs.NAME }}` in a text. */
function evaluate(text: string, scope: Scope): string {
  return text.replace(/\$\{\{(.*?)\}\}/g, (_, expression: string) => known(expression.trim(), scope))
}

function known(expression: string, { inputs, secrets, vars, steps }: Scope): string {
  const [, context, name] = /^(inputs|secrets|vars)\.([\w-]+)$/.exec(expression) ?? []
  if (context !== undefined && name !== undefined) return { inputs, secrets, vars }[context]?.[name] ?? ''
  const [, id, output] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? []
  if (id !== undefined && output !== undefined) return steps[id]?.outputs[output] ?? ''
  throw new Error(`an expression that is not known: ${expression}`)
}

/** `A == 'b'` and `A != 'b'`, which hold only while nothing has failed, and `!cancelled()`. */
function holds(condition: string, scope: Scope, isGood: boolean): boolean {
  if (/^\$\{\{ !cancelled\(\) \}\}$/.test(condition)) return true
  const [, expression = '', operator, value] = /^(\S+) (==|!=) '([^']*)'$/.exec(condition) ?? []
  if (operator === undefined) throw new Error(`a condition that is not known: ${condition}`)
  return isGood && (known(expression, scope) === value) === (operator === '==')
}
