import type { X509Certificate } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import type { World } from '../../lifecycle/world.ts'

/** Whoever visits: sees at each moment what is served, and knows nothing of domainctl. */
export interface Visitor extends AsyncDisposable {
  /** By name: the serials of all certificates that were served, in the order of their coming. */
  readonly serials: ReadonlyMap<string, readonly string[]>
  /** What a browser would not have taken, of names that were served before. */
  readonly faults: readonly string[]
  /** Handshakes that were made, and the least time in seconds that a certificate had left at one of them. */
  readonly tally: { handshakes: number; leastLeft: number }
  /** Whether each of them was served at least once. */
  hasSeen(names: readonly string[]): boolean
  stop(): Promise<void>
}

/** Makes a handshake for each name, round after round: chain, name and time have to be right from the first certificate on. */
export function visit(
  world: Pick<World, 'issuerRoot'>,
  o: { address: string; names: readonly string[]; everyMs: number },
): Visitor {
  const serials = new Map<string, string[]>()
  const faults: string[] = []
  const tally = { handshakes: 0, leastLeft: Number.POSITIVE_INFINITY }
  let isOver = false

  async function look(name: string): Promise<void> {
    const seen = serials.get(name)
    try {
      const leaf = await shakeHands(o.address, name, world.issuerRoot)
      tally.handshakes += 1
      tally.leastLeft = Math.min(tally.leastLeft, (leaf.validToDate.getTime() - Date.now()) / 1_000)
      const serial = BigInt(`0x${leaf.serialNumber}`).toString(16)
      if (!seen) serials.set(name, [serial])
      else if (seen.at(-1) !== serial) seen.push(serial)
    } catch (error) {
      // Before its first certificate there is nothing to serve.
      if (seen) faults.push(`${new Date().toISOString()} ${name}: ${error instanceof Error ? error.message : error}`)
    }
  }

  async function rounds(): Promise<void> {
    while (!isOver) {
      for (const name of o.names) await look(name)
      await sleep(o.everyMs)
    }
    // What came last is seen as well.
    for (const name of o.names) await look(name)
  }

  const running = rounds()
  const stop = () => {
    isOver = true
    return running
  }
  return {
    serials,
    faults,
    tally,
    hasSeen: (names) => names.every((name) => serials.has(name)),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** The certificate that is served, when a client that trusts this root alone takes it. */
function shakeHands(address: string, servername: string, ca: string): Promise<X509Certificate> {
  const [host = '', port = ''] = address.split(':')
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>()
  const socket = connect({ host, port: Number(port), servername, ca, timeout: 10_000 }, () => {
    const leaf = socket.getPeerX509Certificate()
    if (leaf) resolve(leaf)
    else reject(new Error('it showed no certificate'))
  })
  socket.once('timeout', () => reject(new Error('it did not answer')))
  socket.once('error', reject)
  return promise.finally(() => socket.destroy())
}
