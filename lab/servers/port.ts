import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * A port that is free for TCP and UDP at every IPv4 address and is none of `taken`. Name servers set SO_REUSEPORT,
 * so a port in use would not be refused: two servers would silently share its queries.
 */
export async function freePort(...taken: readonly number[]): Promise<number> {
  for (;;) {
    const tcp = createServer().listen(0, '0.0.0.0')
    await once(tcp, 'listening')
    const { port } = tcp.address() as AddressInfo
    const udp = createSocket('udp4')
    const free = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false))
      udp.bind(port, '0.0.0.0', () => resolve(true))
    })
    udp.close()
    tcp.close()
    await once(tcp, 'close')
    if (free && !taken.includes(port)) return port
  }
}
