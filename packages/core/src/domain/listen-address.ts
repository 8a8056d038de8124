import { isIPv4, isIPv6 } from 'node:net'
import { DomainctlError } from '../errors.ts'

/** Where something listens. */
export interface ListenAddress {
  /** An IP address, without brackets. */
  host: string
  port: number
  /** As people write it. */
  shown: string
}

/**
 * Reads `0.0.0.0:80` or `[::]:80`; null for what is neither.
 */
export function readListenAddress(text: string): ListenAddress | null {
  const [, six, four, digits = ''] = /^(?:\[([^\]%]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? []
  const host = six ?? four ?? ''
  const port = Number(digits)
  const isAddress = six === undefined ? isIPv4(host) : isIPv6(host)
  return isAddress && port >= 1 && port <= 65_535 ? { host, port, shown: text } : null
}

/** The same of several. @throws DomainctlError `CONFIG_INVALID` */
export function readListenAddresses(texts: readonly string[]): ListenAddress[] {
  return texts.map((text) => {
    const address = readListenAddress(text)
    if (address) return address
    throw new DomainctlError('CONFIG_INVALID', `${JSON.stringify(text)} is no address to listen at.`, {
      hint: 'Give IP:PORT, such as 0.0.0.0:80 or [::]:80.',
    })
  })
}
