import type { DnsProvider } from '@domainctl/core'
import { manualProvider } from './adapter.ts'

export { manifest } from './manifest.ts'

/** A provider whose records a person makes: it writes nothing and answers every change with `by-hand`. */
export function createManual(): DnsProvider {
  return manualProvider()
}
