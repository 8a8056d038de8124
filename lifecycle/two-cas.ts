import type { DomainctlError, DomainctlOptions } from '@domainctl/core'
import type { CertificateAuthority, Fault } from '@domainctl/sandbox'
import { type Engine, openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'
import { startSecondCa } from './second-ca.ts'

/** A world with two CAs, and domainctl that asks the first one first. */
export interface TwoCas extends AsyncDisposable {
  world: SandboxWorld
  first: CertificateAuthority
  second: CertificateAuthority
  engine: Engine
}

export async function twoCas(options: Partial<DomainctlOptions> = {}): Promise<TwoCas> {
  await using opening = new AsyncDisposableStack()
  const world = opening.use(await startSandboxWorld())
  const second = opening.use(await startSecondCa(world))
  const first = world.sandbox.ca
  const cas = { ca: [first.directoryUrl, second.directoryUrl], caRoots: first.tlsRoot + second.tlsRoot }
  const engine = opening.use(await openEngine(world, { ...cas, ...options }))
  const opened = opening.move()
  return { world, first, second, engine, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** A fault of a CA at one of its resources; `retryAfter` as the header has it. */
export const failing = (resource: Fault['resource'], status: number, type: string, retryAfter?: string): Fault => ({
  resource,
  answer: { status, type, detail: `refused with ${status}`, ...(retryAfter !== undefined && { retryAfter }) },
})

/** What it failed with. */
export const failureOf = (work: Promise<unknown>): Promise<DomainctlError> =>
  work.then(
    () => Promise.reject(new Error('it was issued')),
    (error) => error,
  )
