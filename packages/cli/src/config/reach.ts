import type { Reach } from '@domainctl/providers'
import type { Io } from '../io.ts'

/** Where channels, and targets that send over the network, may connect to. */
export function reachOf(allowPrivate: boolean, { env }: Pick<Io, 'env'>): Reach {
  if (env.DOMAINCTL_SANDBOX === '1') return 'private'
  return allowPrivate ? 'any' : 'public'
}
