import type { CallOptions, DnsProvider } from '@domainctl/core'
import type { ProviderManifest, ProviderRuntime } from '@domainctl/providers'
import { type Foreign, faulty, told } from './foreign-fault.ts'
import { type CheckedMethod, checkAnswer, checkCapabilities, withoutSecretsIn } from './provider-answers.ts'
import { orAborted, within } from './waiting.ts'

const METHODS = ['findZone', 'getRRset', 'addValues', 'removeValues', 'setRRset'] as const

/** What is not made or closed by then never is. */
const LONGEST_CREATE_MS = 30_000
const LONGEST_CLOSE_MS = 5_000

/**
 * Makes a provider of a third party and holds it to the contract: whatever its code throws comes out as a DomainctlError
 * without its secrets, what it answers has the shape that the engine goes on with, and an aborted call ends, whether the
 * provider heeds the signal or not.
 * @throws DomainctlError `CONFIG_INVALID` for values that it does not take, `PROVIDER_FAULTY` when it makes no provider
 */
export async function openGuarded(
  manifest: ProviderManifest,
  values: Readonly<Record<string, unknown>>,
  runtime: ProviderRuntime,
  foreign: Foreign,
): Promise<DnsProvider> {
  try {
    const provider = await within(LONGEST_CREATE_MS, runtime.clock, manifest.create(values, runtime), () => {
      throw faulty('it does not come to an end with making a provider', foreign)
    })
    const missing = METHODS.find((method) => typeof provider?.[method] !== 'function')
    if (missing !== undefined) throw faulty(`it makes a provider without ${missing}`, foreign)
    checkCapabilities(provider.capabilities, foreign)
    return guarded(provider, runtime, foreign)
  } catch (thrown) {
    throw told(thrown, foreign)
  }
}

function guarded(provider: DnsProvider, { clock }: ProviderRuntime, foreign: Foreign): DnsProvider {
  function held<A extends unknown[], R>(name: CheckedMethod, method: (...call: A) => Promise<R>): (...call: A) => Promise<R> {
    return async (...call) => {
      const { signal } = (call.at(-1) ?? {}) as Partial<CallOptions>
      signal?.throwIfAborted()
      try {
        const answer = await orAborted(method.apply(provider, call), signal)
        checkAnswer(name, answer, foreign)
        return answer
      } catch (thrown) {
        signal?.throwIfAborted()
        throw told(thrown, foreign)
      }
    }
  }
  const { minTtl, atomicRRset, proxied } = provider.capabilities
  const { waitForSync, nameServers, access, close } = provider
  const heldAccess = access && held('access', access)
  return {
    capabilities: { minTtl, atomicRRset, proxied },
    findZone: held('findZone', provider.findZone),
    getRRset: held('getRRset', provider.getRRset),
    addValues: held('addValues', provider.addValues),
    removeValues: held('removeValues', provider.removeValues),
    setRRset: held('setRRset', provider.setRRset),
    ...(waitForSync && { waitForSync: held('waitForSync', waitForSync) }),
    ...(nameServers && { nameServers: held('nameServers', nameServers) }),
    ...(heldAccess && { access: async (o) => withoutSecretsIn(await heldAccess(o), foreign) }),
    ...(close && {
      async close() {
        try {
          await within(LONGEST_CLOSE_MS, clock, close.call(provider), () => undefined)
        } catch (thrown) {
          throw told(thrown, foreign)
        }
      },
    }),
  }
}
