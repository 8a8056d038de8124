import type { Sandbox } from '@domainctl/sandbox'
import type { ApiProvider } from './api-providers.ts'
import type { Chances } from './seeded.ts'
import { REQUESTS } from './soak-endings.ts'
import type { Mishap, Passing } from './unsteady-api.ts'

/** How many of the requests meet with a mishap. */
const MISHAPS = 0.2

/** Seconds: the least that each of the providers takes. */
const TTL = 600

/** In how many of the runs the credential ends at some moment, so that also cleaning up fails. */
const DENIALS = 0.35

/** What befalls the requests of one run, asked for each of them; `counts` counts each kind. */
export function mishapsOfRun(
  at: { provider: ApiProvider; sandbox: Sandbox },
  chances: Chances,
  counts: Record<string, number>,
): () => Mishap | undefined {
  let good = chances.happens(DENIALS) ? chances.between(1, REQUESTS) : Number.POSITIVE_INFINITY
  return () => {
    good -= 1
    if (good > 0) return mishap(at, chances, counts)
    counts.denied = (counts.denied ?? 0) + 1
    return { instead: at.provider.denial(at.sandbox), carriedOut: false }
  }
}

function mishap(
  { provider, sandbox }: { provider: ApiProvider; sandbox: Sandbox },
  chances: Chances,
  counts: Record<string, number>,
): Mishap | undefined {
  if (!chances.happens(MISHAPS)) return undefined
  const kind = chances.oneOf(['refused', 'failed-after-write', 'hang-up', 'hang-up-after-write', 'cut-body'] as const)
  counts[kind] = (counts[kind] ?? 0) + 1
  if (kind === 'refused') return { instead: chances.oneOf(provider.refusals(sandbox)), carriedOut: false }
  if (kind === 'failed-after-write') return { instead: chances.oneOf(provider.failures(sandbox)), carriedOut: true }
  return kind
}

/** Somebody who changes the values of a name while others do, too. */
export interface SomebodyElse {
  /** What has to be there in the end. */
  readonly values: readonly string[]
  /** A request is about to be passed on: before one of them, the change is made. */
  pass(request: Passing): void
  /** Makes the change, unless it was made. */
  finish(): void
}

/**
 * Two values are at the name from now on; later one of them is taken away and another is added.
 *
 * Not between what is read and what is written of it where an API can only overwrite what was read (GoDaddy): a change by
 * somebody who heeds no lease is lost there, whoever reads and writes. Where a write says what it expects to find (Route
 * 53), nothing is lost at any moment.
 */
export function somebodyElse({ dns }: Sandbox, name: string, chances: Chances): SomebodyElse {
  const add = (value: string) => dns.add({ name, type: 'TXT', value, ttl: TTL })
  add('stays')
  add('goes')
  let countdown = chances.between(1, REQUESTS)
  function finish() {
    if (countdown === 0) return
    countdown = 0
    dns.remove({ name, type: 'TXT', value: 'goes' })
    add('comes')
  }
  return {
    values: ['comes', 'stays'],
    pass({ method }) {
      if (countdown > 1) countdown -= 1
      else if (method !== 'PUT' && method !== 'DELETE') finish()
    },
    finish,
  }
}
