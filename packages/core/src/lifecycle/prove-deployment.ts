import type { ConfiguredTarget, DeployedCertificate } from '../contracts/deploy-target.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { readListenAddresses } from '../domain/listen-address.ts'
import type { Services } from './services.ts'

/** A server that was told to reload goes on with what it had for a moment. */
const PROVE_TIMEOUT = 30_000
const FIRST_PAUSE = 200
const LONGEST_PAUSE = 2_000
const WIDTH = 8
/** Of what is wrong, so many sentences are told. */
const MOST_TOLD = 3

/**
 * Whether every configured address serves this certificate (requirements V3), with some patience.
 * @returns null when all do, else what is wrong, as sentences without an end
 */
export async function provenBy(
  { tls, runtime: { clock } }: Pick<Services, 'tls' | 'runtime'>,
  { proveAt = [], proveNames = 'primary', proveTimeoutMs = PROVE_TIMEOUT }: ConfiguredTarget,
  { name, names, fingerprint }: Pick<DeployedCertificate, 'name' | 'names' | 'fingerprint'>,
  { signal, patient = true }: { signal: AbortSignal; patient?: boolean },
): Promise<string[] | null> {
  const asked = proveNames === 'all' ? [...new Set([name, ...names.filter((one) => !one.startsWith('*.'))])] : [name]
  let open = readListenAddresses(proveAt).flatMap((address) =>
    asked.map((one) => ({ ...address, servername: one.replace(/^\*\./, 'domainctl-proof.'), problem: '' })),
  )
  if (open.length === 0) return null
  const handshakes = await tls()
  const until = clock.now().getTime() + proveTimeoutMs
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const seen = await inParallel(open, WIDTH, async (where) => {
      const leaf = await handshakes.leaf(where, { signal })
      if ('problem' in leaf) return { ...where, problem: leaf.problem }
      return { ...where, problem: leaf.fingerprint === fingerprint ? '' : `it serves another one (SHA-256 ${leaf.fingerprint})` }
    })
    open = seen.filter(({ problem }) => problem !== '')
    if (open.length === 0) return null
    if (!patient || clock.now().getTime() + pause > until) break
    await clock.sleep(pause, signal)
  }
  const told = open.slice(0, MOST_TOLD).map(({ shown, servername, problem }) => `${shown} for ${servername}: ${problem}`)
  return open.length > told.length ? [...told, `and ${open.length - told.length} more`] : told
}
