import { dirname } from 'node:path'
import { type DnsProvider, DomainctlError } from '@domainctl/core'
import { type ProviderManifest, type ProviderRuntime, providers, type RegisteredProvider } from '@domainctl/providers'
import type { Io } from '../io.ts'
import { nearest } from '../nearest.ts'
import type { ConfigFile } from './file.ts'
import { describeValue, unknownKey, wrongValue } from './problem.ts'
import { REFERENCE, resolveReference, secretFromEnvironment } from './secret.ts'

/** One value of a provider, as `config show` prints it. */
export interface ProviderValue {
  option: string
  /** Absent for a secret: it is not even read for showing. */
  value?: unknown
  secret: boolean
  source: string
}

/** A provider that the configuration names. Its code is loaded and its secrets are read when it is opened. */
export interface ConfiguredProvider {
  /** The name that domains refer to. */
  name: string
  type: string
  describe(): Promise<ProviderValue[]>
  /** @throws DomainctlError `CONFIG_INVALID` */
  open(runtime: ProviderRuntime): Promise<DnsProvider>
}

/** The provider whose records are made by hand; there without any configuration. */
const BY_HAND = 'manual'

const REGISTRY: Readonly<Record<string, RegisteredProvider>> = providers

/** Types of providers that domainctl has. */
export function providerTypes(): string[] {
  return Object.keys(REGISTRY)
}

/**
 * Providers that the environment sets up under the name of their type: one is there as soon as one of its variables
 * is (of those that its manifest names for it), so that what is missing is told when it is used. `manual` is always there.
 */
export function providersFromEnvironment(io: Pick<Io, 'env' | 'cwd'>): Map<string, ConfiguredProvider> {
  const found = new Map<string, ConfiguredProvider>()
  for (const [type, registered] of Object.entries(REGISTRY)) {
    const isSet =
      registered.setUpBy?.some((env) => io.env[env]) ??
      Object.values(registered.options).some(({ env, secret }) => io.env[env] || (secret && io.env[`${env}_FILE`]))
    if (type === BY_HAND || isSet) found.set(type, fromEnvironment(type, registered, io))
  }
  return found
}

function fromEnvironment(type: string, { options, load }: RegisteredProvider, io: Pick<Io, 'env' | 'cwd'>): ConfiguredProvider {
  async function read(): Promise<(ProviderValue & { value: string })[]> {
    const values: (ProviderValue & { value: string })[] = []
    for (const [option, { env, secret }] of Object.entries(options)) {
      const given = secret ? await secretFromEnvironment(env, io) : { value: io.env[env], source: env }
      if (given?.value) values.push({ option, value: given.value, secret, source: given.source })
    }
    return values
  }
  return {
    name: type,
    type,
    describe: async () => (await read()).map(hideSecret),
    open: async (runtime) =>
      (await load()).manifest.create(Object.fromEntries((await read()).map(({ option, value }) => [option, value])), runtime),
  }
}

/**
 * Providers of a configuration file. Keys and values are checked now; secrets are looked up when they are used.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export async function providersFromFile(
  written: Record<string, { type: string; [option: string]: unknown }>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): Promise<Map<string, ConfiguredProvider>> {
  const found = new Map<string, ConfiguredProvider>()
  for (const [name, { type, ...values }] of Object.entries(written)) {
    const path = `providers.${name}`
    const registered = Object.hasOwn(REGISTRY, type) ? REGISTRY[type] : undefined
    if (registered === undefined) throw unknownType(`${file.shown}: ${path}.type`, type, providerTypes())
    const { manifest } = await registered.load()
    checkValues(manifest, values, file.shown, path)
    found.set(name, fromFile(name, manifest, values, file, io))
  }
  return found
}

function fromFile(
  name: string,
  manifest: ProviderManifest,
  written: Record<string, unknown>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): ConfiguredProvider {
  const values = Object.entries(written).map(([option, value]) => ({
    option,
    value,
    secret: manifest.options[option]?.secret ?? false,
    source: file.shown,
  }))
  return {
    name,
    type: manifest.name,
    describe: async () => values.map(hideSecret),
    async open(runtime) {
      const resolved: Record<string, unknown> = {}
      for (const { option, value, secret } of values) {
        const where = `${file.shown}: providers.${name}.${option}`
        resolved[option] = secret ? await resolveReference(String(value), where, dirname(file.path), io.env) : value
      }
      return manifest.create(resolved, runtime)
    },
  }
}

function checkValues(manifest: ProviderManifest, values: Record<string, unknown>, file: string, path: string): void {
  const known = Object.keys(manifest.options)
  const unknown = Object.keys(values).find((option) => !known.includes(option))
  if (unknown !== undefined) throw unknownKey(file, `${path}.${unknown}`, ['type', ...known])
  for (const [option, { secret = false }] of Object.entries(manifest.options)) {
    const value = Object.hasOwn(values, option) ? values[option] : undefined
    const where = `${file}: ${path}.${option}`
    if (secret && value !== undefined) {
      if (typeof value !== 'string' || !REFERENCE.test(value)) {
        throw wrongValue(where, 'a reference to the secret (env:NAME or file:PATH)', describeValue(value, true))
      }
      continue
    }
    const checked = manifest.schema.shape[option]?.safeParse(value)
    if (checked === undefined || checked.success) continue
    const help = manifest.options[option]
    throw new DomainctlError(
      'CONFIG_INVALID',
      `${where} ${checked.error.issues[0]?.message ?? 'is wrong'}; found ${describeValue(value, secret)}.`,
      {
        hint: `${help?.help ?? ''} Such as ${secret ? `env:${help?.env ?? ''}` : (help?.example ?? '')}`,
      },
    )
  }
}

function unknownType(where: string, type: string, known: string[]): DomainctlError {
  const meant = nearest(type, known)
  return new DomainctlError(
    'CONFIG_INVALID',
    `${where}: expected one of ${known.join(', ')}, found ${describeValue(type, false)}.`,
    {
      hint: meant === undefined ? 'Name a provider type that domainctl has.' : `Did you mean ${meant}?`,
    },
  )
}

function hideSecret({ option, value, secret, source }: ProviderValue): ProviderValue {
  return secret ? { option, secret, source } : { option, value, secret, source }
}

/**
 * A provider that is opened by the first call that needs it. Until then its capabilities are the most careful ones,
 * which are right for every provider: adapters raise a TTL that is too low by themselves.
 */
export function lazyProvider(open: () => Promise<DnsProvider>): DnsProvider {
  let opening: Promise<DnsProvider> | undefined
  let opened: DnsProvider | undefined
  const provider = async () => {
    opening ??= open()
    opened = await opening
    return opened
  }
  return {
    get capabilities() {
      return opened?.capabilities ?? { minTtl: 0, atomicRRset: false, proxied: false }
    },
    findZone: async (...call) => (await provider()).findZone(...call),
    getRRset: async (...call) => (await provider()).getRRset(...call),
    addValues: async (...call) => (await provider()).addValues(...call),
    removeValues: async (...call) => (await provider()).removeValues(...call),
    setRRset: async (...call) => (await provider()).setRRset(...call),
    waitForSync: async (...call) => (await provider()).waitForSync?.(...call),
    close: async () => opened?.close?.(),
  }
}
