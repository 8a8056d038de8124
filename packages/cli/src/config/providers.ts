import { type CallOptions, type DnsProvider, DomainctlError } from '@domainctl/core'
import { type ProviderManifest, providers, type RegisteredProvider } from '@domainctl/providers'
import type { Io } from '../io.ts'
import { shortened } from '../output/text.ts'
import type { ConfiguredProvider } from './configured-provider.ts'
import type { ConfigFile } from './file.ts'
import { fromPackage, refuseType } from './foreign-provider.ts'
import { describeValue } from './problem.ts'
import { checkValues, hideSecret, type ProviderValue, resolveValues, valuesOf } from './provider-values.ts'
import { isSetUp, optionFromEnvironment } from './provider-variables.ts'
import { onceDone, orAborted } from './waiting.ts'

export type { ConfiguredProvider }

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
    if (type === BY_HAND || isSetUp(registered, io)) found.set(type, fromEnvironment(type, registered, io))
  }
  return found
}

function fromEnvironment(type: string, { options, load }: RegisteredProvider, io: Pick<Io, 'env' | 'cwd'>): ConfiguredProvider {
  async function read(): Promise<(ProviderValue & { value: string })[]> {
    const values: (ProviderValue & { value: string })[] = []
    for (const [option, registered] of Object.entries(options)) {
      const given = await optionFromEnvironment(registered, io)
      if (given) values.push({ option, ...given, secret: registered.secret })
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
 * Providers of a configuration file. Keys and values are checked now, those of a package when it is used, which runs its code;
 * secrets are looked up when they are used.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export async function providersFromFile(
  written: Record<string, { type: string; [option: string]: unknown }>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): Promise<Map<string, ConfiguredProvider>> {
  const found = new Map<string, ConfiguredProvider>()
  for (const [name, { type, ...values }] of Object.entries(written)) {
    const path = `providers.${shortened(name)}`
    refuseOtherName(name, type, `${file.shown}: ${path}.type`)
    const registered = Object.hasOwn(REGISTRY, type) ? REGISTRY[type] : undefined
    if (registered === undefined) {
      refuseType(type, providerTypes(), `${file.shown}: ${path}.type`, file)
      found.set(name, fromPackage(name, type, values, file, io))
      continue
    }
    const { manifest } = await registered.load()
    checkValues(manifest, values, file.shown, path)
    found.set(name, fromFile(name, manifest, values, file, io))
  }
  return found
}

/** Records that are made by hand are known as such by this name: it can be neither another's, nor can theirs be another. */
function refuseOtherName(name: string, type: string, where: string): void {
  if ((name === BY_HAND) === (type === BY_HAND)) return
  if (name === BY_HAND) {
    throw new DomainctlError(
      'CONFIG_INVALID',
      `${where}: a provider named ${BY_HAND} makes its records by hand, found ${describeValue(type, false)}.`,
      {
        hint: `Give it another name, such as ${shortened(type)}.`,
      },
    )
  }
  throw new DomainctlError('CONFIG_INVALID', `${where}: records that are made by hand have no other provider than ${BY_HAND}.`, {
    hint: `Remove providers.${shortened(name)}, and write ${BY_HAND} in its place: that one is always there.`,
  })
}

function fromFile(
  name: string,
  manifest: ProviderManifest,
  written: Record<string, unknown>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): ConfiguredProvider {
  const values = valuesOf(manifest, written, file)
  return {
    name,
    type: manifest.name,
    describe: async () => values.map(hideSecret),
    open: async (runtime) => manifest.create(await resolveValues(`providers.${name}`, values, file, io), runtime),
  }
}

/**
 * A provider that is opened by the first call that needs it. Until then its capabilities are the most careful ones,
 * which are right for every provider: adapters raise a TTL that is too low by themselves. What it may or may not offer seems
 * to be there until then, answers without saying anything where it is not, and is gone from then on.
 */
export function lazyProvider(open: () => Promise<DnsProvider>): DnsProvider {
  const opening = onceDone(open)
  let opened: DnsProvider | undefined
  const provider = async ({ signal }: CallOptions) => {
    opened = await orAborted(opening(), signal)
    if (!opened.access) delete lazy.access
    if (!opened.nameServers) delete lazy.nameServers
    return opened
  }
  const lazy: DnsProvider = {
    get capabilities() {
      return opened?.capabilities ?? { minTtl: 0, atomicRRset: false, proxied: false }
    },
    findZone: async (fqdn, o) => (await provider(o)).findZone(fqdn, o),
    getRRset: async (zone, name, type, o) => (await provider(o)).getRRset(zone, name, type, o),
    addValues: async (zone, rrset, o) => (await provider(o)).addValues(zone, rrset, o),
    removeValues: async (zone, rrset, o) => (await provider(o)).removeValues(zone, rrset, o),
    setRRset: async (zone, rrset, o) => (await provider(o)).setRRset(zone, rrset, o),
    waitForSync: async (change, o) => (await provider(o)).waitForSync?.(change, o),
    nameServers: async (zone, o) => (await (await provider(o)).nameServers?.(zone, o)) ?? [],
    access: async (o) => (await (await provider(o)).access?.(o)) ?? { zones: [], complete: false, warnings: [] },
    close: async () => opened?.close?.(),
  }
  return lazy
}

/**
 * What a provider of the file is in a sandbox: the sandbox's servers of the same type or, for a type that it has not, its name
 * server, which serves the same zones. The real ones must not hear of it: where nothing stands for them, nothing is opened.
 */
export function inSandbox(provider: ConfiguredProvider, ofSandbox: ReadonlyMap<string, ConfiguredProvider>): ConfiguredProvider {
  const { name, type, foreign, describe } = provider
  const standIn = ofSandbox.get(foreign ? 'rfc2136' : type)
  if (standIn) return { ...standIn, name }
  return {
    ...provider,
    describe: foreign ? async () => [] : describe,
    async open() {
      throw new DomainctlError(
        'CONFIG_INVALID',
        `The provider ${shortened(name)} is not used in a sandbox, and nothing of this sandbox stands for it.`,
        {
          hint: 'Run the command by domainctl sandbox exec, which sets the variables that are missing, or outside of a sandbox.',
        },
      )
    },
  }
}
