import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type SandboxWorld, startSandboxWorld } from '../sandbox-world.ts'
import { type GithubJob, type JobRun, runJob } from './github-runner.ts'
import { type NpmRegistry, startNpmRegistry } from './npm-registry.ts'
import { type ProgramRun, runProgram } from './run-program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const actionFolder = join(root, 'action')
const example = (path: string) => readFile(join(root, 'examples', 'ci', path), 'utf8')
const VERSION = '1.0.0'

describe('pipelines', () => {
  let world: SandboxWorld
  let registry: NpmRegistry
  let folder: string
  let env: Record<string, string>
  beforeAll(async () => {
    world = await startSandboxWorld()
    folder = await mkdtemp(join(tmpdir(), 'domainctl-pipelines-'))
    registry = await startNpmRegistry(folder, VERSION)
    // The Node that runs this, whichever else there is.
    await mkdir(join(folder, 'bin'))
    await symlink(process.execPath, join(folder, 'bin', 'node'))
    env = {
      ...world.env,
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      HOME: folder,
      npm_config_registry: registry.url,
      npm_config_cache: join(folder, 'npm-cache'),
      DOMAINCTL_ACCEPT_TOS: '1',
    }
  })
  afterAll(async () => {
    await registry[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  let count = 0
  async function workspace(names: string): Promise<string> {
    const path = join(folder, `workspace-${count++}`)
    await mkdir(path)
    await writeFile(join(path, 'names.txt'), names)
    return path
  }

  describe('of GitHub', () => {
    const temporary = () => join(folder, 'runner')
    beforeAll(() => mkdir(join(folder, 'runner')).then(() => undefined))
    const actions = (uses: string) => {
      if (uses.startsWith('domainctl/domainctl/action@')) return actionFolder
      if (uses.startsWith('actions/checkout@')) return null
      throw new Error(`${uses} is not here`)
    }
    /** The action by itself. */
    async function use(
      inputs: Record<string, string>,
      o: Partial<GithubJob> = {},
    ): Promise<JobRun & { outputs: Record<string, string> }> {
      const job = { steps: [{ id: 'it', uses: 'domainctl/domainctl/action@v1', with: { version: VERSION, ...inputs } }] }
      const run = await runJob(job, { workspace: await workspace(''), temporary: temporary(), env, actions, ...o })
      return { ...run, outputs: run.steps.it?.outputs ?? {} }
    }

    it('the example issues, renews and deploys, and the next run has nothing to do', async () => {
      const { jobs } = parse(await example('github/certificates.yml'))
      const place = await workspace('# Ours\nhub.example.test\nhub2.example.test\n')
      const secrets = {
        DOMAINCTL_STATE: `file:${join(place, 'state', 'state.db')}`,
        DOMAINCTL_ENCRYPTION_KEY: 'ab'.repeat(32),
        CLOUDFLARE_API_TOKEN: world.env.CLOUDFLARE_API_TOKEN ?? '',
      }
      const job: GithubJob = {
        workspace: place,
        temporary: temporary(),
        env,
        secrets,
        vars: { DOMAINCTL_EMAIL: 'ops@example.test' },
        actions,
      }
      const asked = registry.asked.length
      const first = await runJob(jobs.certificates, job)
      expect(first, first.log).toMatchObject({ ok: true })
      expect(JSON.parse(first.steps.issue?.outputs.changed ?? '')).toEqual(['hub.example.test', 'hub2.example.test'])
      expect(first.steps.renew?.outputs).toMatchObject({ 'exit-code': '0', result: 'done', failed: '[]' })
      expect((await readdir(join(place, 'deployed'))).sort()).toEqual(['hub.example.test', 'hub2.example.test'])
      expect(first.summary).toContain('| hub.example.test | active (changed) |')
      for (const secret of Object.values(secrets)) {
        if (!secret.startsWith('file:')) expect(first.log + first.summary).not.toContain(secret)
      }
      expect(registry.asked.length - asked, 'it is installed once a job').toBe(1)

      const second = await runJob(jobs.certificates, job)
      expect(second, second.log).toMatchObject({ ok: true })
      expect(second.steps.issue?.outputs.changed).toBe('[]')

      // One that is in no zone of the provider: the others are looked at all the same, and the job fails.
      await writeFile(join(place, 'names.txt'), 'hub.example.test\nelsewhere.example.net\n')
      const third = await runJob(jobs.certificates, job)
      expect(third.ok).toBe(false)
      expect(JSON.parse(third.steps.issue?.outputs.failed ?? '')).toEqual(['elsewhere.example.net'])
      expect(third.steps.renew?.outputs).toHaveProperty('exit-code')
    })

    it('the example with a role of AWS issues in Route 53', async () => {
      const { jobs, permissions } = parse(await example('github/route53-oidc.yml'))
      expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' })
      const place = await workspace('')
      const secrets = {
        DOMAINCTL_STATE: `file:${join(place, 'state', 'state.db')}`,
        DOMAINCTL_ENCRYPTION_KEY: 'ef'.repeat(32),
      }
      // The credentials that the other action would leave in the environment are there.
      const known = (uses: string) => (uses.startsWith('aws-actions/configure-aws-credentials@') ? null : actions(uses))
      const run = await runJob(jobs.certificates, { workspace: place, temporary: temporary(), env, secrets, actions: known })
      expect(run, run.log).toMatchObject({ ok: true })
      expect(JSON.parse(run.steps.issue?.outputs.changed ?? '')).toEqual(['www.example.test', 'api.example.test'])
    })

    it('the action fails with the command, but for the exit codes that are accepted', async () => {
      const inputs = { command: 'issue', names: 'waits.example.test', arguments: '--provider\nmanual\n--ownership\ntxt' }
      const failed = await use(inputs)
      expect(failed.ok).toBe(false)
      expect(failed.outputs).toMatchObject({ 'exit-code': '3', result: 'not-ready', failed: '["waits.example.test"]' })
      expect(failed.log).toMatch(/^::error title=domainctl%3A DNS_NOT_READY::/m)
      expect(await use({ ...inputs, 'accept-exit-codes': '5 3' })).toMatchObject({ ok: true, outputs: { 'exit-code': '3' } })
      const place = await workspace('')
      await writeFile(join(place, '3'), '')
      expect((await use({ ...inputs, 'accept-exit-codes': '*' }, { workspace: place })).ok).toBe(false)
    })

    it('what is in an input is no code, no option and no command of a workflow', async () => {
      const evil = '$(touch pwned) `touch pwned`; touch pwned #'
      const place = await workspace('')
      for (const inputs of [
        { command: 'add', names: `--abandon\n${evil}\n::set-output name=x::y\n##[add-path]/tmp` },
        { command: `list ${evil}` },
        { command: 'add', arguments: `${evil}\nx.example.test` },
        { command: 'list', state: `file:${evil}`, config: evil, provider: evil },
        { version: `1.0.0 ${evil}` },
        { version: '1' },
        { command: ' ' },
      ]) {
        const run = await use(inputs, { workspace: place })
        expect(run.ok, JSON.stringify(inputs)).toBe(false)
        expect(run.log).not.toMatch(/^\s*::(?!error title=domainctl|warning title=domainctl)|##\[/m)
      }
      expect((await readdir(place)).filter((name) => name.includes('pwned'))).toEqual([])
      const { runs } = parse(await readFile(join(actionFolder, 'action.yml'), 'utf8'))
      const scripts = runs.steps.flatMap(({ run }: { run?: string }) => run ?? [])
      expect(scripts).toHaveLength(3)
      expect(scripts.join('\n')).not.toContain('${{')
    })

    it('another Node is set up where there is none that it runs on', async () => {
      const path = await mkdtemp(join(folder, 'runner-'))
      const bare = join(path, 'bin')
      await mkdir(bare)
      const which = await runProgram(['sh', '-c', 'command -v bash'], { cwd: folder })
      await symlink(which.stdout.trim(), join(bare, 'bash'))
      const run = { steps: [{ uses: 'domainctl/domainctl/action@v1', with: { version: VERSION } }] }
      const job: GithubJob = { workspace: await workspace(''), temporary: path, env: { ...env, PATH: bare }, actions }
      await expect(runJob(run, job)).rejects.toThrow(/^actions\/setup-node@[0-9a-f]{40} is not here$/)
    })
  })

  /** Lines as a runner of the other kinds runs them: one script, which ends with the first that fails. */
  async function script(
    shell: readonly [string, ...string[]],
    lines: readonly string[],
    place: string,
    own: Record<string, string>,
  ): Promise<ProgramRun> {
    const state = { DOMAINCTL_STATE: `file:${join(place, 'state', 'state.db')}`, DOMAINCTL_ENCRYPTION_KEY: 'cd'.repeat(32) }
    return runProgram([...shell, lines.join('\n')], { cwd: place, env: { ...env, ...state, ...own } })
  }

  const resultOf = async (place: string) => JSON.parse(await readFile(join(place, 'issued.json'), 'utf8'))

  it('the job of GitLab issues and renews', async () => {
    const jobs = parse(await example('gitlab/domainctl.gitlab-ci.yml'))
    const { extends: base, script: lines, artifacts } = jobs.certificates
    const place = await workspace('lab.example.test\n')
    const variables = { ...jobs[base].variables, DOMAINCTL_DNS: 'rfc2136' }
    const run = await script(['bash', '-eo', 'pipefail', '-c'], [...jobs[base].before_script, ...lines], place, variables)
    expect(run).toMatchObject({ code: 0 })
    expect((await resultOf(place)).results[0]).toMatchObject({ ok: true, domain: { status: 'active' } })
    for (const file of artifacts.paths) expect(await readFile(join(place, file), 'utf8')).not.toMatch(/PRIVATE KEY|cdcdcd/)
  })

  it('the steps of Jenkins issue and renew', async () => {
    const text = await example('jenkins/Jenkinsfile')
    const steps = [...text.matchAll(/sh '''(.*?)'''/gs)].map(([, lines = '']) => lines)
    expect(steps).toHaveLength(3)
    const place = await workspace('jenkins.example.test\n')
    for (const lines of steps) {
      const run = await script(['sh', '-xec'], [lines], place, { DOMAINCTL_VERSION: VERSION })
      expect(run, run.stderr).toMatchObject({ code: 0 })
    }
    expect((await resultOf(place)).results[0]).toMatchObject({ ok: true, domain: { status: 'active' } })
  })

  it('the shell script says what a person has to do, and is content where nobody has to', async () => {
    const place = await workspace('shell.example.test\n')
    const installed = await script(
      ['sh', '-ec'],
      [`npm install --prefix ${join(place, 'command')} domainctl@${VERSION}`],
      place,
      {},
    )
    expect(installed).toMatchObject({ code: 0 })
    const own = { PATH: `${join(place, 'command', 'node_modules', '.bin')}:${env.PATH}`, DOMAINCTL_PROVIDER: 'rfc2136' }
    const renew = `sh ${join(root, 'examples', 'ci', 'renew.sh')}`
    expect(await script(['sh', '-ec'], [renew], place, own)).toMatchObject({ code: 0 })
    await writeFile(join(place, 'names.txt'), 'shell.example.test\nelsewhere.example.net\n')
    const failed = await script(['sh', '-ec'], [renew], place, { ...own, DOMAINCTL_PROVIDER: 'manual' })
    expect(failed.code).not.toBe(0)
    expect(failed.stderr).toMatch(/^renew: /m)
    const fault = world.addFault({ resource: 'newOrder', refuse: { status: 503 } })
    await writeFile(join(place, 'names.txt'), 'down.example.test\n')
    const down = await script(['sh', '-ec'], [renew], place, own)
    world.clearFaults()
    expect(fault.hits).toBeGreaterThan(0)
    expect(down, down.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining('the CA cannot serve now') })
  })
})
