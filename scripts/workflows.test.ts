import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { manifestOf } from './pack.ts'

// What no test can run here: it is read, so that it does not name what is not there any more.

interface Job {
  'timeout-minutes'?: number
  permissions?: Record<string, string>
  strategy?: { matrix: Record<string, unknown[]> }
  steps: { uses?: string; run?: string }[]
}
interface Workflow {
  permissions: Record<string, string>
  jobs: Record<string, Job>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const read = (file: string) => parse(readFileSync(join(root, file), 'utf8')) as Workflow

describe.each(globSync('.github/workflows/*.yml', { cwd: root }))('%s', (file) => {
  const { permissions, jobs } = read(file)
  const steps = Object.values(jobs).flatMap((job) => job.steps)

  it('takes actions of others by the commit, which nobody can move', () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^(\.\/|[\w-]+\/[\w-]+@[0-9a-f]{40}$)/)
  })

  it('may read, and more only in the jobs that need it; ends what hangs', () => {
    expect(permissions).toEqual({ contents: 'read' })
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0)
  })

  it('runs what is there', () => {
    const lines = steps.flatMap(({ run = '' }) => run.split('\n'))
    const files = lines.flatMap((line) => line.match(/(?<![\w$./])(?:\.ci|scripts|examples|lab)\/[\w./-]+/g) ?? [])
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter((path) => !existsSync(join(root, path)))).toEqual([])
    const named = lines.flatMap((line) => [...line.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name))
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })
})

it('the packages are tried on the oldest Node of each line that they name', () => {
  const nodes = (read('.github/workflows/ci.yml').jobs.packages?.strategy?.matrix.node ?? []).map(String)
  const { engines } = manifestOf('cli') as unknown as { engines: { node: string } }
  for (const range of engines.node.split(' || ')) expect(nodes).toContain(range.replace(/^(\^|>=)/, ''))
})
