import type { Domainctl, DomainctlOptions } from '@domainctl/core'
import { createDomainctl, systemClock, systemRandom } from '@domainctl/core'
import { readCaRoots } from './config/ca-roots.ts'
import { type Config, type Flags, loadConfig } from './config/config.ts'
import { lazyProvider } from './config/providers.ts'
import type { Io } from './io.ts'
import type { Output } from './output/output.ts'
import { stateLogger } from './output/state-logger.ts'

/** Flags of every command that are no settings. */
export interface CommonFlags extends Flags {
  config?: string
  json?: boolean
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
  /** The engine; the state is opened by the first call. */
  domainctl(): Promise<Domainctl>
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
  const config = await loadConfig(flags, io)
  let opening: Promise<Domainctl> | undefined
  return {
    io,
    output,
    flags,
    config,
    domainctl() {
      opening ??= createDomainctl({ ...engineOptions(config, io), runtime: { logger: stateLogger(output) }, ...o })
      return opening
    },
    async close() {
      // A state that could not be opened was reported by the command that asked for it.
      const domainctl = await opening?.catch(() => undefined)
      await domainctl?.close()
    },
  }
}

function engineOptions({ settings, providers, zones, cas }: Config, io: Io): DomainctlOptions {
  const { encryptionKey, caRoot, email, provider, resolver, authoritativePort, httpPort, http01Listen, http01Webroot } = settings
  const runtime = { clock: systemClock(), random: systemRandom() }
  let caRoots: Promise<string> | undefined
  return {
    state: settings.state,
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
    propagation: { mode: settings.propagation, timeoutMs: settings.propagationTimeout },
    tenant: settings.tenant,
    who: `cli:${io.user}`,
  }
}
