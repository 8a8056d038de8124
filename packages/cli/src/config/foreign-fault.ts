import { type Actor, DomainctlError, ERRORS } from '@domainctl/core'
import { type Cutter, withoutSecrets } from '@domainctl/providers'
import { shortened } from '../output/text.ts'

/** Whose code it is, and what must not be told of it. */
export interface Foreign {
  /** As the configuration names it, short enough for a line of text. */
  type: string
  cut: Cutter
}

export function foreign(type: string, secrets: readonly string[]): Foreign {
  return { type: shortened(type), cut: withoutSecrets(secrets) }
}

/** How deep chains of causes are followed. */
const DEEPEST_CAUSE = 8

/** Who can have to act. */
const ACTORS: ReadonlySet<Actor> = new Set(Object.values(ERRORS).map(({ actor }) => actor))

/**
 * What the code of a third party threw: an error of a provider as it says it, when its code is one for providers; anything else
 * is a fault in that code. Other codes mean something to the engine that no provider can mean, such as a lost lease.
 */
export function told(thrown: unknown, foreign: Foreign): DomainctlError {
  try {
    return read(thrown, foreign)
  } catch {
    // Even to look at it threw.
    return faulty('it threw something that cannot be read', foreign)
  }
}

function read(thrown: unknown, foreign: Foreign): DomainctlError {
  // By the table of this copy: theirs may know other kinds.
  if (!(thrown instanceof DomainctlError) || !(ERRORS[thrown.code].kind === 'provider' || thrown.code === 'CONFIG_INVALID')) {
    return faulty(thrown instanceof Error ? String(thrown.message) : String(thrown), foreign, thrown)
  }
  const { code, message, hint, actor, retryAt, cause } = thrown
  return new DomainctlError(code, foreign.cut(message), {
    hint: foreign.cut(hint),
    ...(ACTORS.has(actor) && { actor }),
    ...(retryAt instanceof Date && !Number.isNaN(retryAt.getTime()) && { retryAt }),
    ...(cause !== undefined && { cause: causeOf(cause, foreign, 1) }),
  })
}

export function faulty(what: string, foreign: Foreign, cause?: unknown): DomainctlError {
  const message = foreign.cut(what.replace(/\.$/, ''))
  return new DomainctlError('PROVIDER_FAULTY', `The code of ${foreign.type} failed: ${message}.`, {
    hint: `This is a fault of ${foreign.type}, which domainctl does not come with: report it to its makers with the output of --verbose.`,
    ...(cause !== undefined && { cause: causeOf(cause, foreign, 1) }),
  })
}

/** What people may see of a cause: message, code and stack, none of the other fields, which may hold requests. */
function causeOf(cause: unknown, foreign: Foreign, depth: number): unknown {
  if (!(cause instanceof Error) || depth > DEEPEST_CAUSE) return undefined
  const deeper = cause.cause === undefined ? undefined : causeOf(cause.cause, foreign, depth + 1)
  const copy = new Error(foreign.cut(String(cause.message)), deeper === undefined ? {} : { cause: deeper })
  copy.name = foreign.cut(String(cause.name))
  copy.stack = foreign.cut(String(cause.stack ?? ''))
  return 'code' in cause && typeof cause.code === 'string' ? Object.assign(copy, { code: foreign.cut(cause.code) }) : copy
}
