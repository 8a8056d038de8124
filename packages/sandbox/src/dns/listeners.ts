import { DomainctlError } from '@domainctl/core'
import { openTogether } from '../opened.ts'
import type { Responder } from './respond.ts'
import { listenByTcp } from './tcp-listener.ts'
import { listenByUdp } from './udp-listener.ts'

/** A port that is free at one address and by one protocol is seldom taken elsewhere; so often never. */
const MOST_ATTEMPTS = 50

/** One server, at an address of its own. */
export interface Listener {
  readonly address: string
  readonly respond: Responder
}

/**
 * Listens at every address by UDP and TCP, all on one port.
 * @param port a free one when not given
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function listenAll(listeners: readonly Listener[], port = 0): Promise<{ port: number; stop: () => Promise<void> }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnce(listeners, port)
    } catch (error) {
      // Free for the first, taken for another one: the system gives another port next time.
      if (port !== 0 || attempt === MOST_ATTEMPTS || !isTaken(error)) throw error
    }
  }
}

async function listenOnce(listeners: readonly Listener[], wanted: number): Promise<{ port: number; stop: () => Promise<void> }> {
  const { opened: port, close: stop } = await openTogether(async (defer) => {
    let port = wanted
    for (const { address, respond } of listeners) {
      const tcp = await listenByTcp(address, port, respond)
      defer(tcp.stop)
      port = tcp.port
      defer(await listenByUdp(address, port, respond))
    }
    return port
  })
  return { port, stop }
}

function isTaken(error: unknown): boolean {
  const { cause } = error instanceof DomainctlError ? error : {}
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
}
