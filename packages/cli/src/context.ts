import type { Domainctl, DomainctlOptions, Logger } from '@domainctl/core'
import { createDomainctl, systemClock, systemRandom } from '@domainctl/core'
import { readCaRoots } from './config/ca-roots.ts'
import { type Config, type Flags, loadConfig } from './config/config.ts'
import { lazyProvider } from './config/providers.ts'
import { reachOf } from './config/reach.ts'
import type { Settings } from './config/settings.ts'
import type { Io } from './io.ts'
import type { Output } from './output/output.ts'
import { stateLogger } from './output/state-logger.ts'

/** Flags of every command that are no settings. */
export interface CommonFlags extends Flags {
  config?: string
  json?: boolean
  output?: 'text' | 'github'
  quiet?: boolean
  verbose?: boolean
  /** False with `--no-input`. */
  input?: boolean
  yes?: boolean
}

/** What a command works with. */
export interface Context {
  io: Io
  output: Output
  flags: CommonFlags
  config: Config
  /** The engine; the state is opened by the first call, which says where its log goes (default: nowhere). */
  domainctl(o?: { logger?: Logger }): Promise<Domainctl>
  /** Frees all that was opened. */
  close(): Promise<void>
}

/** What a command works with that needs neither configuration nor state. */
export type Surroundings = Pick<Context, 'io' | 'output' | 'flags'>

/**
 * @param o `readOnly`: the state is neither made nor changed
 * @throws DomainctlError `USAGE`, `CONFIG_INVALID`
 */
export async function createContext(
  io: Io,
  output: Output,
  flags: CommonFlags,
  o: { readOnly?: boolean } = {},
): Promise<Context> {
  return contextOf(await loadConfig(flags, io), io, output, flags, o)
}

/** The same for a configuration that was read before, or is still to be written. */
export function contextOf(config: Config, io: Io, output: Output, flags: CommonFlags, o: { readOnly?: boolean } = {}): Context {
  let opening: Promise<Domainctl> | undefined
  return {
    io,
    output,
    flags,
    config,
    domainctl({ logger = stateLogger(output) } = {}) {
      opening ??= notificationOptions(config, io).then((told) =>
        createDomainctl({ ...engineOptions(config, io), ...told, runtime: { logger }, ...o }),
      )
      return opening
    },
    async close() {
      // A state that could not be opened was reported by the command that asked for it.
      const domainctl = await opening?.catch(() => undefined)
      await domainctl?.close()
    },
  }
}

/** Channels are opened by their first message. */
async function notificationOptions(
  { notifications, settings }: Config,
  io: Io,
): Promise<Pick<DomainctlOptions, 'notifications'>> {
  if (!notifications) return {}
  const { lazyNotifier } = await import('./config/notifications.ts')
  const runtime = { clock: systemClock(), reach: reachOf(settings.allowPrivate, io) }
  const { channels, ...rest } = notifications
  const opened = [...channels].map(([name, { open }]) => [name, lazyNotifier(() => open(runtime))])
  return { notifications: { ...rest, channels: Object.fromEntries(opened) } }
}

function engineOptions({ settings, providers, zones, targets, cas, maintenance }: Config, io: Io): DomainctlOptions {
  const { encryptionKey, caRoot, email, provider, resolver, authoritativePort, httpPort, http01Listen, http01Webroot } = settings
  const runtime = { clock: systemClock(), random: systemRandom() }
  let caRoots: Promise<string> | undefined
  return {
    state: settings.state,
    signal: io.signal,
    ...(encryptionKey !== undefined && { encryptionKey }),
    ca: settings.ca,
    cas,
    // Most commands never speak to the CA: what is wrong with this file is no matter of theirs.
    ...(caRoot !== undefined && { caRoots: () => (caRoots ??= readCaRoots(caRoot, '--ca-root (DOMAINCTL_CA_ROOT, caRoot)')) }),
    account: settings.account,
    accountKeyType: settings.accountKeyType,
    ...(email !== undefined && { contact: email }),
    acceptTerms: settings.acceptTos,
    providers: Object.fromEntries([...providers].map(([name, { open }]) => [name, lazyProvider(() => open(runtime))])),
    ...(provider !== undefined && { provider }),
    zones,
    ...(targets.size > 0 && { targets: Object.fromEntries([...targets].map(([name, { configured }]) => [name, configured])) }),
    ...(resolver !== undefined && { resolvers: resolver }),
    ...(authoritativePort !== undefined && { authoritativePort }),
    ...(httpPort !== undefined && { httpPort }),
    challenge: settings.challenge,
    http01: {
      ...(http01Listen !== undefined && { listen: http01Listen }),
      ...(http01Webroot !== undefined && { webroot: http01Webroot }),
      selfCheck: !settings.http01SkipSelfCheck,
    },
    allowPrivate: settings.allowPrivate,
    health: { ...healthOptions(settings), maintenance },
    propagation: { mode: settings.propagation, timeoutMs: settings.propagationTimeout },
    tenant: settings.tenant,
    who: `cli:${io.user}`,
  }
}

function healthOptions({ healthAnchor, httpsPort, issuerRoot }: Settings): NonNullable<DomainctlOptions['health']> {
  const from = '--issuer-root (DOMAINCTL_ISSUER_ROOT, issuerRoot)'
  return {
    ...(healthAnchor !== undefined && { anchors: healthAnchor }),
    ...(httpsPort !== undefined && { httpsPort }),
    ...(issuerRoot !== undefined && { roots: () => readCaRoots(issuerRoot, from, 'certificates of domains') }),
  }
}
