import { type DomainctlError, systemClock, systemRandom, toDomainctlError } from '@domainctl/core'
import { notifiers, providers, targets } from '@domainctl/providers'
import type { Io } from '../io.ts'
import { checkCasOfFile, unknownCa } from './cas.ts'
import { checkProvider } from './config.ts'
import type { ConfigFile } from './file.ts'
import { type ConfigFault, wrongValue } from './problem.ts'
import { faultsInValues } from './provider-values.ts'
import { providersFromFile, providerTypes } from './providers.ts'
import { reachOf } from './reach.ts'
import type { FileConfig } from './schema.ts'

/** What one of the sections that hold options of many types knows of them. */
export interface Registered {
  load(): Promise<{ manifest: Parameters<typeof faultsInValues>[0] }>
}

/** What a file has that the whole of it, with flags and environment, is not needed for. */
export async function faultsOfFile(file: ConfigFile, io: Pick<Io, 'env' | 'cwd' | 'signal'>): Promise<ConfigFault[]> {
  const { faultsOfShape } = await import('./schema.ts')
  const { content, shown } = file
  const shape = attempt(() => faultsOfShape(content, shown), io, file)
  const found: ConfigFault[] = Array.isArray(shape) ? shape : [shape]
  const isWellShaped = (...path: string[]) => !found.some((fault) => path.every((key, place) => fault.path[place] === key))
  const written = recordOf(content)
  for (const [name, value] of entriesOf(written.providers)) {
    const path = ['providers', name]
    if (!isWellShaped(...path)) continue
    const read = () => providersFromFile({ [name]: value }, file, io)
    found.push(...(await faultsOfEntry(path, value, providers, file, io, read)))
  }
  for (const ca of isWellShaped('ca') ? [written.ca ?? []].flat() : []) {
    const names = String(ca).split(',')
    for (const name of names.map((one) => one.trim())) {
      const wrong = unknownCa(name, Object.keys(recordOf(written.cas)))
      if (wrong) found.push({ path: ['ca'], error: wrongValue(`${shown}: ca`, wrong.expected, wrong.found) })
    }
  }
  const known = [...new Set([...Object.keys(recordOf(written.providers)), ...providerTypes()])]
  if (written.provider !== undefined && isWellShaped('provider')) {
    const fault = attempt(() => checkProvider(`${shown}: provider`, String(written.provider), known), io, file)
    if (fault) found.push({ ...fault, path: ['provider'] })
  }
  for (const [zone, provider] of Object.entries(recordOf(written.zones))) {
    if (!isWellShaped('zones', zone)) continue
    const fault = attempt(() => checkProvider(`${shown}: zones.${zone}`, String(provider), known), io, file)
    if (fault) found.push({ ...fault, path: ['zones', zone] })
  }
  for (const [name, value] of entriesOf(written.targets)) {
    const path = ['targets', name]
    if (!isWellShaped(...path)) continue
    const { targetsFromFile } = await import('./targets.ts')
    const runtime = { clock: systemClock(), random: systemRandom(), reach: reachOf(false, io) }
    const read = () => targetsFromFile({ [name]: value }, file, io, runtime)
    found.push(...(await faultsOfEntry(path, value, targets, file, io, read)))
  }
  const { channels } = recordOf(written.notifications)
  for (const [name, value] of entriesOf(channels)) {
    const path = ['notifications', 'channels', name]
    if (!isWellShaped(...path)) continue
    const { readNotifications } = await import('./notifications.ts')
    const read = () => readNotifications({ channels: { [name]: value } }, file, io)
    found.push(...(await faultsOfEntry(path, value, notifiers, file, io, read)))
  }
  const cas = recordOf(written.cas) as FileConfig['cas']
  for (const [name, value] of Object.entries(cas)) {
    if (!isWellShaped('cas', name)) continue
    const fault = attempt(() => checkCasOfFile({ [name]: value }, shown), io, file)
    if (fault) found.push({ ...fault, path: ['cas', name] })
  }
  return found
}

/** All faults of the options of one provider, target or channel. */
async function faultsOfEntry(
  path: readonly string[],
  { type, ...values }: { type: string; [option: string]: unknown },
  registry: Readonly<Record<string, Registered>>,
  file: ConfigFile,
  io: Pick<Io, 'signal'>,
  read: () => Promise<unknown>,
): Promise<ConfigFault[]> {
  try {
    await read()
    return []
  } catch (thrown) {
    const error = toDomainctlError(thrown, io.signal)
    const registered = Object.hasOwn(registry, type) ? registry[type] : undefined
    if (!registered) return [{ path: [...path, 'type'], error }]
    const { manifest } = await registered.load()
    const proof = path[0] === 'targets' ? ['proveAt', 'proveNames', 'proveTimeout'] : []
    const options = Object.fromEntries(Object.entries(values).filter(([option]) => !proof.includes(option)))
    const faults = [...faultsInValues(manifest, options, file.shown, path.join('.'), proof)]
    return faults.length > 0 ? faults.map((fault) => ({ ...fault, path: [...path, ...fault.path] })) : [{ path, error }]
  }
}

function attempt<T>(work: () => T, { signal }: Pick<Io, 'signal'>, file: ConfigFile): T | ConfigFault {
  try {
    return work()
  } catch (thrown) {
    const error = toDomainctlError(thrown, signal)
    return { path: pathNamedBy(error, file), error }
  }
}

/** The path that a message begins with, behind the file. */
export function pathNamedBy({ message }: DomainctlError, file: ConfigFile | null): string[] {
  const prefix = `${file?.shown ?? ''}: `
  if (!file || !message.startsWith(prefix)) return []
  return /^[^\s:]+/.exec(message.slice(prefix.length))?.[0].split('.') ?? []
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function entriesOf(section: unknown): [string, { type: string; [option: string]: unknown }][] {
  return Object.entries(recordOf(section)).flatMap(([name, value]) => {
    const { type, ...rest } = recordOf(value)
    return typeof type === 'string' ? [[name, { type, ...rest }] as const] : []
  }) as [string, { type: string }][]
}
