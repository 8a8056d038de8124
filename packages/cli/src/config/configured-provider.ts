import type { DnsProvider } from '@domainctl/core'
import type { ProviderRuntime } from '@domainctl/providers'
import type { ProviderValue } from './provider-values.ts'

/** A provider that the configuration names. Its code is loaded and its secrets are read when it is opened. */
export interface ConfiguredProvider {
  /** The name that domains refer to. */
  name: string
  /** One that domainctl has, or the package or the file that it comes from. */
  type: string
  /** It is none that domainctl comes with. */
  foreign?: true
  describe(): Promise<ProviderValue[]>
  /** @throws DomainctlError `CONFIG_INVALID` */
  open(runtime: ProviderRuntime): Promise<DnsProvider>
}
