import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createDomainctl,
  type DnsProvider,
  type Domainctl,
  type DomainctlOptions,
  systemClock,
  systemRandom,
  verifyState,
} from '@domainctl/core'
import { createManual, createRfc2136 } from '@domainctl/providers'
import type { World } from './world.ts'

/** domainctl as a program imports it, in a world, with a state of its own that goes with it. */
export interface Engine extends AsyncDisposable {
  readonly domainctl: Domainctl
  readonly directory: string
  /** Another one on the same state, as another process would be. */
  again(options?: Partial<DomainctlOptions>): Promise<Domainctl>
}

/** Opens one; what it needs to know of the world is set, `options` go before it. */
export async function openEngine(world: World, options: Partial<DomainctlOptions> = {}): Promise<Engine> {
  await using opening = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-engine-'))
  opening.defer(() => rm(directory, { recursive: true, force: true }))
  const state = world.newStore ? { state: world.newStore() } : await world.newState?.()
  const again = async (more: Partial<DomainctlOptions> = {}) => {
    const opened = await createDomainctl({ ...optionsFor(world, directory), ...state, ...options, ...more })
    open.defer(() => opened.close())
    return opened
  }
  // Whatever a test has done with it, the state is whole in the end.
  opening.defer(() => assertWhole({ ...optionsFor(world, directory), ...state, ...options }))
  const open = opening.use(new AsyncDisposableStack())
  const domainctl = await again()
  const kept = opening.move()
  return { domainctl, directory, again, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** @throws Error for a state with an error in it */
async function assertWhole({ state, encryptionKey }: DomainctlOptions): Promise<void> {
  if (typeof state !== 'string' || (state.startsWith('file:') && !existsSync(state.slice('file:'.length)))) return
  const { findings } = await verifyState({ state, ...(encryptionKey !== undefined && { encryptionKey }) })
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(`the state is damaged: ${JSON.stringify(errors, null, 2)}`)
}

/** What a user of the library says to work in this world. */
function optionsFor(world: World, directory: string): DomainctlOptions {
  return {
    state: `file:${join(directory, 'state.db')}`,
    ca: world.ca,
    caRoots: world.tlsRoot,
    acceptTerms: true,
    resolvers: [world.resolver],
    authoritativePort: world.authoritativePort,
    runtime: { clock: world.clock },
    allowPrivate: true,
    provider: 'rfc2136',
    ...world.provider,
    providers: { rfc2136: updaterOf(world), manual: createManual(), ...world.provider?.providers },
  }
}

/** The adapter by which the engine of a world writes. */
export function updaterOf({ rfc2136, clock }: World): DnsProvider {
  const { nameserver, key, secret, algorithm } = rfc2136
  return createRfc2136(
    { nameserver, tsigKey: key, tsigSecret: secret, tsigAlgorithm: algorithm },
    // It waits for nothing but answers: its time-outs are real.
    { clock: { ...systemClock(), now: clock.now }, random: systemRandom() },
  )
}

/** What a certificate is to a visitor: its names, and whether it was issued under this CA's root. */
export function readChain(world: World, fullchain: string): { names: string[]; serial: string; trusted: boolean } {
  const [leaf, ...rest] = (fullchain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  )
  if (!leaf) throw new Error('the chain is empty')
  const chain = [leaf, ...rest, new X509Certificate(world.issuerRoot)]
  const trusted = chain.slice(0, -1).every((certificate, i) => {
    const issuer = chain[i + 1]
    return issuer !== undefined && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  })
  const names = (leaf.subjectAltName ?? '').split(', ').map((san) => san.replace(/^DNS:/, ''))
  return { names: names.sort(), serial: leaf.serialNumber, trusted }
}
