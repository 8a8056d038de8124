import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DomainctlError, toDomainctlError } from '@domainctl/core'
import { notifiers, providers, targets } from '@domainctl/providers'
import type { Io } from '../io.ts'
import { nearest } from '../nearest.ts'
import { readCaRoots } from './ca-roots.ts'
import type { Config } from './config.ts'
import type { ConfigFile } from './file.ts'
import type { Registered } from './file-faults.ts'
import type { ConfigFault } from './problem.ts'
import { resolveReference } from './secret.ts'
import { type SettingKey, settingRows } from './settings.ts'

export interface ConfigWarning extends ConfigFault {
  severity: 'error' | 'warning'
}

/** Variables of domainctl that are no settings: its own, those that it sets for the commands of targets, and those of its tests. */
const OTHER_VARIABLES = ['DOMAINCTL_CONFIG', 'DOMAINCTL_SANDBOX', 'DOMAINCTL_NO_COMPILE_CACHE']

/** What a configuration that can be read has all the same: what leads nowhere, what contradicts itself, what is for other eyes. */
export async function warningsOf(
  config: Config,
  file: ConfigFile | null,
  io: Pick<Io, 'env' | 'cwd' | 'now' | 'signal'>,
): Promise<ConfigWarning[]> {
  return [
    ...(await rootsThatAreNone(config, file, io)),
    ...(file ? await referencesThatLeadNowhere(file, io) : []),
    ...(file ? secretsIn(file.content, []) : []),
    ...contradictions(config, file, io.now()),
    ...mistypedVariables(io.env),
  ]
}

function warning(path: readonly string[], message: string, hint: string): ConfigWarning {
  return { severity: 'warning', path, error: new DomainctlError('CONFIG_INVALID', message, { hint }) }
}

async function rootsThatAreNone(
  { settings, origins, writtenCas }: Config,
  file: ConfigFile | null,
  { signal }: Pick<Io, 'signal'>,
): Promise<ConfigWarning[]> {
  const roots: { path: string[]; at: string }[] = []
  for (const key of ['caRoot', 'issuerRoot'] as const) {
    const at = settings[key]
    if (at !== undefined) roots.push({ path: origins[key].source === file?.shown ? [key] : [], at })
  }
  for (const [name, { root }] of Object.entries(writtenCas)) {
    if (root !== undefined && file) roots.push({ path: ['cas', name, 'root'], at: resolve(dirname(file.path), root) })
  }
  const checked = roots.map(async ({ path, at }): Promise<ConfigWarning[]> => {
    try {
      await readCaRoots(at, path.join('.') || 'the environment')
      return []
    } catch (thrown) {
      return [{ severity: 'error', path, error: toDomainctlError(thrown, signal) }]
    }
  })
  return (await Promise.all(checked)).flat()
}

/** They may be set where the work is done, and not here. */
async function referencesThatLeadNowhere(
  file: ConfigFile,
  { env, signal }: Pick<Io, 'env' | 'signal'>,
): Promise<ConfigWarning[]> {
  const found: ConfigWarning[] = []
  for await (const { path, reference } of referencesIn(file.content)) {
    try {
      await resolveReference(reference, `${file.shown}: ${path.join('.')}`, dirname(file.path), env)
    } catch (thrown) {
      found.push({ severity: 'warning', path, error: toDomainctlError(thrown, signal) })
      continue
    }
    const secretFile = /^file:(.+)$/s.exec(reference)?.[1]
    if (secretFile === undefined || process.platform === 'win32') continue
    const at = resolve(dirname(file.path), secretFile)
    if ((statSync(at).mode & 0o077) === 0) continue
    found.push(warning(path, `${path.join('.')} names the file ${at}, which others can read or write.`, `chmod 600 ${at}`))
  }
  return found
}

/** Those below sections; the settings' own were looked up with the configuration. */
async function* referencesIn(content: unknown): AsyncGenerator<{ path: string[]; reference: string }> {
  const written = recordOf(content)
  const sections: { path: string[]; entries: unknown; registry: Readonly<Record<string, Registered>> }[] = [
    { path: ['providers'], entries: written.providers, registry: providers },
    { path: ['targets'], entries: written.targets, registry: targets },
    { path: ['notifications', 'channels'], entries: recordOf(written.notifications).channels, registry: notifiers },
  ]
  for (const { path, entries, registry } of sections) {
    for (const [name, entry] of Object.entries(recordOf(entries))) {
      const { type, ...values } = recordOf(entry)
      // Of a package of somebody else only its code could tell which options are secret.
      const registered = Object.hasOwn(registry, String(type)) ? registry[String(type)] : undefined
      const { options = {} } = (await registered?.load())?.manifest ?? {}
      for (const [option, value] of Object.entries(values))
        if (typeof value === 'string' && options[option]?.secret) yield { path: [...path, name, option], reference: value }
    }
  }
  for (const [name, ca] of Object.entries(recordOf(written.cas))) {
    for (const option of ['eabHmacKey', 'apiKey']) {
      const reference = recordOf(ca)[option]
      if (typeof reference === 'string') yield { path: ['cas', name, option], reference }
    }
  }
}

/** Passwords in URLs and private keys: whatever else is secret a file may only refer to. */
function secretsIn(value: unknown, path: readonly string[]): ConfigWarning[] {
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, below]) => secretsIn(below, [...path, key]))
  if (typeof value !== 'string') return []
  const where = path.join('.')
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value)) {
    return [warning(path, `${where} is a private key, and whoever can read the file has it.`, 'Move it into a file of its own.')]
  }
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/@]*:[^\s/@]+@/i.test(value)) return []
  const fix =
    path[0] === 'state'
      ? 'Leave the password out of the URL: PGPASSWORD or a pgpass file has it, or DOMAINCTL_STATE the whole URL.'
      : 'Leave it out of the URL; a secret stands in a variable or a file that is referred to.'
  return [warning(path, `${where} has a password in it, and whoever can read the file has it.`, fix)]
}

function contradictions({ settings, origins, notifications, maintenance }: Config, file: ConfigFile | null, now: Date) {
  const found: ConfigWarning[] = []
  const isSet = (key: SettingKey) => origins[key].source !== 'default'
  const place = (key: SettingKey) => (origins[key].source === file?.shown ? [key] : [])
  if (settings.propagation === 'none' && isSet('propagationTimeout')) {
    const message = 'propagationTimeout has no effect: with propagation none nothing is waited for.'
    found.push(warning(place('propagationTimeout'), message, 'Remove one of the two.'))
  }
  for (const key of ['authoritativePort', 'httpPort', 'httpsPort'] as const) {
    if (settings[key] === undefined || settings.allowPrivate) continue
    const message = `${key} is for a lab, and allowPrivate is not set: the servers of the world are asked at port ${settings[key]}.`
    found.push(warning(place(key), message, `Remove ${key}, or set allowPrivate where this is a lab.`))
  }
  if (/^postgres/.test(settings.state) && settings.encryptionKey === undefined) {
    const message = 'A state in PostgreSQL needs encryptionKey, which is not set here.'
    found.push(warning(place('state'), message, 'Set DOMAINCTL_ENCRYPTION_KEY or DOMAINCTL_ENCRYPTION_KEY_FILE.'))
  }
  if (settings.liveFile !== undefined && settings.liveFile === settings.metricsFile) {
    const message = 'liveFile and metricsFile are the same file: each overwrites the other.'
    found.push(warning(place('liveFile'), message, 'Give each a file of its own.'))
  }
  const routed = new Set(notifications?.routes?.flatMap(({ channels }) => channels))
  if (notifications?.routes && notifications.routes.length > 0) {
    for (const name of [...notifications.channels.keys()].filter((channel) => !routed.has(channel)))
      found.push(
        warning(
          ['notifications', 'channels', name],
          `No route leads to the channel ${name}: it is told nothing.`,
          'Name it in notifications.routes, or remove it.',
        ),
      )
  }
  for (const [index, { to }] of maintenance.entries()) {
    if (to >= now) continue
    found.push(warning(['maintenance', String(index)], `The window that ended at ${to.toISOString()} is over.`, 'Remove it.'))
  }
  return found
}

/** A slip in the name of a variable leaves a setting as it was, and nobody is told. */
function mistypedVariables(env: Io['env']): ConfigWarning[] {
  const names = settingRows().flatMap(([, { env: name, type }]) => (type === 'secret' ? [name, `${name}_FILE`] : [name]))
  const known = [...names, ...OTHER_VARIABLES]
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('DOMAINCTL_') || known.includes(name) || !env[name]) return []
    const prefix = 'DOMAINCTL_'.length
    const meant = nearest(
      name.slice(prefix),
      known.map((one) => one.slice(prefix)),
    )
    if (meant === undefined) return []
    return [warning([], `The environment variable ${name} is no setting, and has no effect.`, `Did you mean DOMAINCTL_${meant}?`)]
  })
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
