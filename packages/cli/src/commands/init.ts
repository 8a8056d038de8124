import { existsSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { DomainctlError, toDomainctlError } from '@domainctl/core'
import { type Config, loadConfig } from '../config/config.ts'
import { CONFIG_FILES, MODULES, parseYaml } from '../config/file.ts'
import { providersFromEnvironment, providerTypes } from '../config/providers.ts'
import { type SettingKey, settingRows } from '../config/settings.ts'
import { stateUrl } from '../config/values.ts'
import type { CommonFlags, Surroundings } from '../context.ts'
import { reportError } from '../exit.ts'
import { type Answers, ASKED } from '../init/answers.ts'
import { alreadyThere, writeNewFile } from '../init/new-file.ts'
import type { Questions } from '../init/questions.ts'
import { failed, flagsOf, type Trial, type Trials, trialsIn, withoutConfig } from '../init/trial.ts'
import { neededVariables, writtenConfig } from '../init/written.ts'
import type { Io } from '../io.ts'
import { chosenPlaces, type NextCommand } from '../next.ts'
import { lookLines } from '../output/look-lines.ts'
import { mark } from '../output/marks.ts'
import { columnsOf } from '../output/output.ts'
import { describeNext } from '../output/results.ts'
import { formatDuration } from '../time.ts'

export interface InitFlags extends CommonFlags {
  contact?: string
  provider?: string
  force?: boolean
  dryRun?: boolean
  /** False with `--no-check`. */
  check?: boolean
}

/** `init`: asks for what is not said, tries it, and writes a configuration file. Writes nothing else, and no secret. */
export async function init(surroundings: Surroundings, given: InitFlags): Promise<number> {
  const { io, output } = surroundings
  const { contact, provider, ...rest } = given
  const flags: CommonFlags = { ...rest, ...(contact !== undefined && { email: contact }) }
  const path = placeFor(io, given)
  if (provider !== undefined && !providerTypes().includes(provider)) {
    throw new DomainctlError(
      'USAGE',
      `--provider: expected one of ${providerTypes().join(', ')}, found ${JSON.stringify(provider)}.`,
      {
        hint: 'Others are configured by hand: docs/guide/providers.md.',
      },
    )
  }
  const base = await loadConfig(flagsOf(flags, {}), withoutConfig(io), null)
  const refusal = refusalOfState(base.settings.state, io.cwd)
  if (base.origins.state.source === '--state' && refusal !== undefined)
    throw new DomainctlError('USAGE', refusal, { hint: HINT_OF_PASSWORD })
  const trials = trialsIn({ ...surroundings, flags })
  const tried: Trial[] = []
  const interview = { io, flags, base, found: foundIn(io), trials, provider, questions: await questionsFor(surroundings) }
  const settled = async (trial: Trial) => {
    tried.push(trial)
    if (!output.json) output.note(...lookLines(trial, surroundings))
    if (trial.status !== 'fail') return
    if (!interview.questions) throw trial.error
    if (await interview.questions.goOn('Go on all the same?')) return
    throw (await import('../init/questions.ts')).stopped()
  }
  if (!interview.questions) requireAnswers(interview)
  const answers = await askAll(interview, given.check === false ? undefined : settled)
  const content = writtenConfig(
    { ...answers, others: othersGiven(base, path) },
    { schema: schemaFor(path), fromEnvironment: setInEnvironment(base) },
  )
  // What cannot be read again is not left behind.
  const written = { path, shown: relative(io.cwd, path), named: true, content: await parseYaml(path, content) }
  await loadConfig({}, withoutConfig(io), written)
  if (!given.dryRun) await writeNewFile(path, content, { replace: given.force ?? false })
  const next = nextAfter(tried, answers, given)
  if (output.json) {
    const checks = tried.map(({ error, ...trial }) => ({ ...trial, ...(error && { error: reportError(error) }) }))
    output.document({ file: path, written: !given.dryRun, content, checks, next: [next] })
  } else if (given.dryRun) output.print(content.trimEnd())
  else {
    output.print(`${mark(output.paint, 'ok')} ${written.shown} is written.`)
    output.print(...describeNext(next, output.paint, columnsOf(io)))
  }
  return 0
}

interface Interview {
  io: Io
  flags: CommonFlags
  base: Config
  /** Types of providers that the environment sets up. */
  found: readonly string[]
  trials: Trials
  /** As the flag says. */
  provider: string | undefined
  /** Undefined where nobody can be asked. */
  questions: Questions | undefined
}

async function questionsFor({ io, output, flags }: Surroundings): Promise<Questions | undefined> {
  if (flags.input === false || output.json || !io.stdin.isTTY || !io.stderr.isTTY) return undefined
  return (await import('../init/questions.ts')).questionsAt(io)
}

/** @throws DomainctlError `USAGE` with all flags that are missing where nobody can be asked */
function requireAnswers({ base, provider, found }: Interview): void {
  const { settings } = base
  const missing = [
    ...(settings.email === undefined ? ['--email ADDRESS'] : []),
    ...(settings.acceptTos ? [] : ['--accept-tos']),
    ...(provider === undefined && settings.provider === undefined && found.length === 0
      ? [`--provider ${providerTypes().join('|')}`]
      : []),
  ]
  if (missing.length === 0) return
  throw new DomainctlError('USAGE', `init cannot ask here, and is not told: ${missing.join(', ')}.`, {
    hint: 'Repeat with these; --ca and --state are as usual without.',
  })
}

/** The answers, in the order in which they are asked and tried. */
async function askAll(interview: Interview, settled: ((trial: Trial) => Promise<void>) | undefined): Promise<Answers> {
  const { io, base, flags, questions, trials, found } = interview
  const { origins, settings } = base
  const isFlag = (key: SettingKey) => origins[key].source.startsWith('--')
  const isOpen = (key: SettingKey) => origins[key].source === 'default' && questions !== undefined && !flags.yes
  let answers: Answers = {}
  if (isFlag('email')) answers = { ...answers, email: String(settings.email) }
  else if (settings.email === undefined && questions) answers = { ...answers, email: await questions.email() }

  if (isFlag('ca')) answers = { ...answers, ca: settings.ca }
  else if (origins.ca.source === 'default')
    answers = { ...answers, ca: isOpen('ca') && questions ? [await questions.ca()] : settings.ca }
  answers = await acceptTerms(answers, interview, settled)

  const provider =
    interview.provider ?? (settings.provider === undefined && questions ? await questions.provider(found) : undefined)
  if (provider !== undefined) answers = { ...answers, provider }
  const used = provider ?? settings.provider
  const tried = used === undefined ? found : used === 'manual' ? [] : [used]
  for (const name of settled ? tried : []) {
    const trial = await triedProvider(name, answers, trials, io)
    // One that nobody has named may be there for another purpose.
    await settled?.(used === undefined && trial.status === 'fail' ? { ...trial, status: 'warn' } : trial)
  }

  if (isFlag('state')) answers = { ...answers, state: typedState(flags, base) }
  else if (origins.state.source === 'default') {
    const usual = 'file:.domainctl/state.db'
    const refusal = (text: string) => refusalOfState(text, io.cwd)
    answers = { ...answers, state: isOpen('state') && questions ? await questions.state(usual, refusal) : usual }
  }
  if (settled) await settled(await trials.state(answers))
  return answers
}

/** Whether the CAs answer, and what their terms are. */
async function acceptTerms(
  answers: Answers,
  { base, flags, questions, trials, io }: Interview,
  settled: ((trial: Trial) => Promise<void>) | undefined,
): Promise<Answers> {
  const isAccepted = base.settings.acceptTos
  const isWritten = flags.acceptTos === true || !isAccepted
  // Nobody accepts what was not shown: without an answer of the CA its name stands for its terms.
  let terms: string | undefined
  for (const status of settled ? await trials.ca({ ...answers, terms: null }) : []) {
    const { ca, error } = status
    terms ??= status.terms
    const explanation = `answers${status.terms === undefined ? '' : `; its terms: ${status.terms}`}`
    const isLater = error?.code === 'EXTERNAL_ACCOUNT_MISSING'
    if (error && isLater) await settled?.({ what: 'ca', of: ca, status: 'warn', explanation: error.message, fix: error.hint })
    else await settled?.(error ? failed('ca', ca, error) : { what: 'ca', of: ca, status: 'ok', explanation })
    if (isAccepted || status.terms === undefined || !questions) continue
    if (!(await questions.terms(ca))) throw termsRefused(ca, status.terms)
  }
  io.signal.throwIfAborted()
  if (isAccepted) return isWritten ? { ...answers, terms: terms ?? null } : answers
  return terms === undefined ? answers : { ...answers, terms }
}

function termsRefused(ca: string, url: string): DomainctlError {
  return new DomainctlError('TERMS_NOT_ACCEPTED', `${ca} issues only to those who accept its terms of service (${url}).`, {
    hint: 'Nothing was written. Choose another CA, or read them and repeat domainctl init.',
  })
}

async function triedProvider(name: string, answers: Answers, trials: Trials, { signal }: Pick<Io, 'signal'>): Promise<Trial> {
  const status = await trials.provider({ ...answers, provider: name }).catch((thrown: unknown) => {
    throw toDomainctlError(thrown, signal)
  })
  if (!status) {
    const explanation = 'its credentials are not in the environment yet'
    return { what: 'provider', of: name, status: 'warn', explanation, fix: `Set ${neededVariables(name).join(', ')}.` }
  }
  if (status.error) return failed('provider', name, status.error)
  const zones = status.access?.zones.map((zone) => zone.name) ?? []
  const explanation =
    zones.length === 0
      ? 'the credential works'
      : `the credential works, for ${zones.slice(0, 3).join(', ')}${zones.length > 3 ? ' …' : ''}`
  return { what: 'provider', of: name, status: 'ok', explanation }
}

/** Where the file is to stand. @throws DomainctlError `USAGE` where there is one already, or for what is no YAML */
function placeFor(
  { cwd, env }: Pick<Io, 'cwd' | 'env'>,
  { config = env.DOMAINCTL_CONFIG || undefined, force }: InitFlags,
): string {
  const path = resolve(cwd, config ?? CONFIG_FILES[0])
  if (!/\.ya?ml$/.test(path)) {
    throw new DomainctlError('USAGE', `init writes YAML, and ${basename(path)} is none by its name.`, {
      hint: 'Name a file that ends in .yaml, or leave --config (DOMAINCTL_CONFIG) out.',
    })
  }
  if (existsSync(path) && !force) throw alreadyThere(relative(cwd, path))
  const others = config === undefined ? [...CONFIG_FILES, ...MODULES.map((ending) => `domainctl.config${ending}`)] : []
  const other = others.find((file) => join(cwd, file) !== path && existsSync(join(cwd, file)))
  if (other !== undefined) throw alreadyThere(other, 'Remove it first, or name another place with --config.')
  return path
}

/** Types of providers that the environment sets up. */
function foundIn(io: Pick<Io, 'env' | 'cwd'>): string[] {
  return [...providersFromEnvironment(io).keys()].filter((type) => type !== 'manual')
}

function setInEnvironment({ origins }: Config): string[] {
  return ASKED.flatMap((key) => (origins[key].source.startsWith('DOMAINCTL_') ? [origins[key].source] : []))
}

/** Flags that `init` does not ask about stand in the file as well: who gives them means them to last. */
function othersGiven({ origins }: Config, path: string): [string, unknown][] {
  return settingRows().flatMap(([key, { type }]): [string, unknown][] => {
    const { value, source } = origins[key]
    if (!source.startsWith('--') || ASKED.some((asked) => asked === key)) return []
    if (type === 'duration') return [[key, formatDuration(Number(value))]]
    return [[key, type === 'path' ? `./${relative(dirname(path), String(value))}` : value]]
  })
}

/** As it was typed where that means the same from the file. */
function typedState({ config, state }: CommonFlags, { settings }: Config): string {
  return config === undefined ? String(state) : settings.state
}

const HINT_OF_PASSWORD = 'Leave the password out: PGPASSWORD or a pgpass file has it, or DOMAINCTL_STATE the whole URL.'

/** What keeps a text from being a state that a file may name. */
function refusalOfState(text: string, cwd: string): string | undefined {
  const url = stateUrl(text, cwd)
  if (url === null) return 'That is neither file:PATH nor postgres://…'
  if (!url.startsWith('postgres')) return undefined
  const { password, searchParams } = new URL(url)
  return password !== '' || searchParams.has('password')
    ? 'That URL has a password in it, which must not stand in the file.'
    : undefined
}

/** An editor finds the schema in the project where domainctl is installed there, else at a mirror of npm. */
function schemaFor(path: string): string {
  const installed = join('node_modules', 'domainctl', 'config.schema.json')
  if (existsSync(join(dirname(path), installed))) return `./${installed}`
  const version = process.env.DOMAINCTL_VERSION ?? 'latest'
  return `https://unpkg.com/domainctl@${version}/config.schema.json`
}

function nextAfter(tried: readonly Trial[], { provider }: Answers, flags: InitFlags): NextCommand {
  const places = flags.config === undefined ? '' : chosenPlaces({ config: flags.config })
  if (tried.length === 0 || tried.some(({ status }) => status !== 'ok'))
    return { command: `domainctl doctor${places}`, why: 'says what is still missing, and changes nothing' }
  return provider === 'manual'
    ? { command: `domainctl add NAME${places}`, why: 'says which records your name needs' }
    : { command: `domainctl issue NAME${places}`, why: 'gets a certificate for a name of yours' }
}
