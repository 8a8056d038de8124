import { dirname } from 'node:path'
import { type CaOptions, DomainctlError, type MaintenanceWindow, readZones, systemClock, systemRandom } from '@domainctl/core'
import type { Io } from '../io.ts'
import { shortened } from '../output/text.ts'
import type { WrittenCa } from './ca-schema.ts'
import { casFromFile, checkCasOfFile, unknownCa, withExternalAccount, withoutAccounts, withZerosslKey } from './cas.ts'
import type { ConfiguredProvider } from './configured-provider.ts'
import { type ConfigFile, loadConfigFile } from './file.ts'
import type { ConfiguredNotifications } from './notifications.ts'
import { describeValue, wrongValue } from './problem.ts'
import { inSandbox, providersFromEnvironment, providersFromFile, providerTypes } from './providers.ts'
import { reachOf } from './reach.ts'
import type { FileConfig } from './schema.ts'
import { resolveReference, secretFromEnvironment } from './secret.ts'
import { type Setting, type SettingKey, type Settings, settingRows } from './settings.ts'
import type { TargetOfFile } from './targets.ts'
import { expectedOf, foundOf, type SettingValue, valueFromFile, valueFromText } from './values.ts'

/** A setting's value and where it came from: a flag, a variable, a file, or `default`. */
export interface SettingOrigin {
  value: SettingValue | undefined
  source: string
}

/** The merged configuration. */
export interface Config {
  settings: Settings
  origins: Record<SettingKey, SettingOrigin>
  /** By name. */
  providers: Map<string, ConfiguredProvider>
  /** Zone, by its name in the DNS → name of the provider. */
  zones: Record<string, string>
  /** Where certificates may be put, by name. */
  targets: Map<string, TargetOfFile>
  /** By the names that `ca` uses; what is known of them beside their name. */
  cas: Record<string, CaOptions>
  /** The same as the file has them. */
  writtenCas: Record<string, WrittenCa>
  /** Who is told what; absent: nobody. */
  notifications?: ConfiguredNotifications
  /** When nobody is told that domains are broken. */
  maintenance: MaintenanceWindow[]
  /** The configuration file that was read, where there is one. */
  file?: Pick<ConfigFile, 'path' | 'shown'>
}

/** Variables that set up a channel; config/notifications.test.ts holds them to the registry. */
export const NOTIFIED_BY = ['SLACK_WEBHOOK_URL', 'TEAMS_WEBHOOK_URL'] as const

/** Flags as the command line gave them: text, repeated text, or true. */
export type Flags = Readonly<Record<string, unknown>>

/**
 * Reads the configuration: flag over environment over file over default.
 * @param instead of the file that is named or lies here; null: none
 * @throws DomainctlError `USAGE` for a flag, `CONFIG_INVALID` for a variable or the file, naming it
 */
export async function loadConfig(flags: Flags, io: Pick<Io, 'env' | 'cwd'>, instead?: ConfigFile | null): Promise<Config> {
  const named = typeof flags.config === 'string' ? flags.config : io.env.DOMAINCTL_CONFIG || undefined
  const file = instead === undefined ? await loadConfigFile(io.cwd, named) : instead
  const checked = file && (await import('./schema.ts')).checkFileConfig(file.content, file.shown)
  if (file && checked) checkCasOfFile(checked.cas, file.shown)
  const origins = {} as Record<SettingKey, SettingOrigin>
  for (const [key, setting] of settingRows()) {
    origins[key] =
      fromFlag(key, setting, flags, io.cwd) ??
      (await fromEnvironment(setting, io)) ??
      (file && checked ? await fromFile(key, setting, file, checked, io) : null) ??
      fromDefault(setting, io.cwd)
  }
  const fromVariables = providersFromEnvironment(io)
  // Those of the file come first: of two credentials for one zone the automatic choice takes the one that was written down.
  const providers = new Map<string, ConfiguredProvider>()
  if (file && checked) {
    for (const [name, provider] of await providersFromFile(checked.providers, file, io)) {
      providers.set(name, io.env.DOMAINCTL_SANDBOX === '1' ? inSandbox(provider, fromVariables) : provider)
    }
  }
  for (const [name, provider] of fromVariables) if (!providers.has(name)) providers.set(name, provider)
  const known = [...new Set([...providers.keys(), ...providerTypes()])]
  if (file && checked) {
    for (const [zone, provider] of Object.entries(checked.zones))
      checkProvider(`${file.shown}: zones.${shortened(zone)}`, provider, known)
  }
  const zones = file && checked ? readZones(checked.zones, `${file.shown}: zones`) : {}
  const { value, source } = origins.provider
  if (typeof value === 'string') {
    checkProvider(source === file?.shown ? `${source}: provider` : `The environment variable ${source}`, value, known)
  }
  // Most are told nothing, and need not load what tells it.
  const isTold = checked?.notifications !== undefined || NOTIFIED_BY.some((name) => io.env[name] || io.env[`${name}_FILE`])
  const notifications = isTold
    ? await (await import('./notifications.ts')).readNotifications(checked?.notifications, file, io)
    : undefined
  const settings = Object.fromEntries(Object.entries(origins).map(([key, { value }]) => [key, value])) as Settings
  const isSetForThisCall = !['default', file?.shown].includes(origins.account.source)
  checkCas(settings.ca, origins.ca.source, Object.keys(checked?.cas ?? {}), file)
  const zerossl = { ...settings, isOfFile: origins.zerosslApiKey.source === file?.shown }
  return {
    settings,
    origins,
    providers,
    zones,
    targets: await targetsOf(file, checked, settings.allowPrivate, io),
    cas: withExternalAccount(
      withZerosslKey(
        file && checked ? casFromFile(isSetForThisCall ? withoutAccounts(checked.cas) : checked.cas, file, io) : {},
        zerossl,
      ),
      settings.ca,
      {
        ...settings,
        isOfFile: [origins.eabKid, origins.eabHmacKey].every(({ source }) => source === file?.shown),
      },
    ),
    writtenCas: checked?.cas ?? {},
    ...(notifications && { notifications }),
    // With the schema, which only a file needs.
    maintenance: checked ? (await import('./maintenance.ts')).maintenanceFrom(checked.maintenance) : [],
    ...(file && { file }),
  }
}

/** What reads them is loaded where there are any. */
async function targetsOf(
  file: ConfigFile | null,
  checked: FileConfig | null,
  allowPrivate: boolean,
  io: Pick<Io, 'env'>,
): Promise<Config['targets']> {
  if (!file || !checked || Object.keys(checked.targets).length === 0) return new Map()
  const { targetsFromFile } = await import('./targets.ts')
  const reach = reachOf(allowPrivate, io)
  return targetsFromFile(checked.targets, file, io, { clock: systemClock(), random: systemRandom(), reach })
}

/** The names of CAs are known once the file is read. */
function checkCas(cas: readonly string[], source: string, own: readonly string[], file: ConfigFile | null): void {
  for (const ca of cas) {
    const wrong = unknownCa(ca, own)
    if (!wrong) continue
    if (source.startsWith('--')) {
      throw new DomainctlError('USAGE', `${source}: expected ${wrong.expected}, found ${wrong.found}.`, {
        hint: 'Correct the option; --help shows all of them.',
      })
    }
    const where = source === file?.shown ? `${source}: ca` : `The environment variable ${source}`
    throw wrongValue(where, wrong.expected, wrong.found)
  }
}

/** One that only the environment sets up may be named, but not one that could never be there. */
export function checkProvider(where: string, provider: string, known: string[]): void {
  if (!known.includes(provider)) {
    throw wrongValue(where, `the name of a provider (${known.join(', ')})`, describeValue(provider, false))
  }
}

function fromFlag(key: SettingKey, setting: Setting, flags: Flags, cwd: string): SettingOrigin | null {
  const given = setting.flag === undefined ? undefined : flags[key]
  if (given === undefined) return null
  const source = flagName(setting)
  const text = Array.isArray(given) ? given.join(',') : String(given)
  const value = valueFromText(setting, text, cwd)
  if (value === null) {
    throw new DomainctlError('USAGE', `${source}: expected ${expectedOf(setting)}, found ${foundOf(setting, text)}.`, {
      hint: 'Correct the option; --help shows all of them.',
    })
  }
  return { value, source }
}

async function fromEnvironment(setting: Setting, io: Pick<Io, 'env' | 'cwd'>): Promise<SettingOrigin | null> {
  if (setting.type === 'secret') return secretFromEnvironment(setting.env, io)
  const text = io.env[setting.env]
  if (text === undefined || text === '') return null
  const value = valueFromText(setting, text, io.cwd)
  if (value === null) throw wrongValue(`The environment variable ${setting.env}`, expectedOf(setting), foundOf(setting, text))
  return { value, source: setting.env }
}

async function fromFile(
  key: SettingKey,
  setting: Setting,
  file: ConfigFile,
  { settings }: FileConfig,
  io: Pick<Io, 'env'>,
): Promise<SettingOrigin | null> {
  const written = settings[key]
  if (written === undefined) return null
  const folder = dirname(file.path)
  const value =
    setting.type === 'secret'
      ? await resolveReference(String(written), `${file.shown}: ${key}`, folder, io.env)
      : valueFromFile(setting, written, folder)
  return { value, source: file.shown }
}

function fromDefault(setting: Setting, cwd: string): SettingOrigin {
  const value = setting.default === undefined ? undefined : (valueFromText(setting, setting.default, cwd) ?? undefined)
  return { value, source: 'default' }
}

/** `--state` of `--state <url>`. */
export function flagName(setting: Setting): string {
  return setting.flag?.split(' ', 1)[0] ?? ''
}
