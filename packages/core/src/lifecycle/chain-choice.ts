import { DomainctlError, toDomainctlError } from '../errors.ts'
import { isChainAtFault } from './chain-at-fault.ts'
import type { Fulfilment } from './fulfilment.ts'

/** Alternates that are downloaded at most; Let's Encrypt has had three. */
const MOST_ALTERNATES = 10

/** How long after a wrong certificate another one is ordered by itself, in ms. */
const PAUSE_AFTER_WRONG = 24 * 3_600_000

/** A chain that was downloaded, by the name of its root. */
interface Downloaded {
  chain: string
  root: string
}

/**
 * Downloads the chain that is wanted: the CA's own, or the one below the root that the domain prefers; where the CA's own lacks
 * an issuer, the first of the others that does not. Without one to the liking of the domain, the CA's own and a warning: a
 * certificate that works is worth more than the choice.
 * @throws `CA_BAD_CERTIFICATE` with `chainAtFault` (see chain-at-fault.ts) when none of them is whole
 */
export async function downloadChain(f: Fulfilment, url: string): Promise<string> {
  const { step, issuer, account } = f
  const { preferredChain } = step.domain
  const { chain, alternates } = await issuer.getCertificate(account, url, step)
  const own = await read(f, chain)
  const whole: Downloaded[] = 'root' in own ? [own] : []
  const isWanted = ({ root }: Downloaded) => preferredChain === undefined || root === preferredChain
  for (const alternate of alternates.slice(0, MOST_ALTERNATES)) {
    if (whole.some(isWanted)) break
    const other = await download(f, alternate)
    if (other) whole.push(other)
  }
  const [first] = whole
  const chosen = whole.find(isWanted) ?? first
  if (!chosen) throw 'error' in own ? own.error : new Error('a chain was neither whole nor at fault')
  if (!('root' in own))
    f.warnings.push(`The chain that ${issuer.ca} gives first is not whole; another one of its chains was taken.`)
  if (!isWanted(chosen)) {
    const offered = whole.map(({ root }) => JSON.stringify(root)).join(', ')
    f.warnings.push(`${issuer.ca} offers no chain below ${JSON.stringify(preferredChain)}; it offers: ${offered}.`)
  }
  return chosen.chain
}

/** Null for one that cannot be had: there are others. */
async function download(f: Fulfilment, url: string): Promise<Downloaded | null> {
  const { step, issuer, account } = f
  try {
    const got = await read(f, (await issuer.getCertificate(account, url, step)).chain)
    return 'root' in got ? got : null
  } catch (thrown) {
    step.signal.throwIfAborted()
    const { code, message } = toDomainctlError(thrown)
    step.services.runtime.logger.log('warn', 'another chain cannot be used', { url, code, error: message })
    return null
  }
}

/** The chain by its root, or what is wrong with it. @throws whatever is wrong with the certificate itself */
async function read({ step, order, issuer }: Fulfilment, chain: string): Promise<Downloaded | { error: unknown }> {
  const crypto = await step.services.crypto()
  const now = step.services.runtime.clock.now()
  try {
    crypto.readCertificate(chain, {
      key: order.csr ?? order.certificateKey ?? '',
      names: order.names,
      now,
      ...(issuer.roots !== undefined && { roots: issuer.roots }),
    })
    return { chain, root: crypto.rootName(chain) }
  } catch (error) {
    if (isChainAtFault(error)) return { error }
    throw error instanceof DomainctlError && error.code === 'CA_BAD_CERTIFICATE' ? notToBeRepeated(error, now) : error
  }
}

/**
 * The order has ended in a certificate that counts against the limits of the CA, and the next one may be as wrong: the usual
 * schedule would have three of them within two hours.
 */
function notToBeRepeated(error: DomainctlError, now: Date): DomainctlError {
  const retryAt = new Date(now.getTime() + PAUSE_AFTER_WRONG)
  return new DomainctlError('CA_BAD_CERTIFICATE', error.message, { hint: error.hint, cause: error.cause, retryAt })
}
