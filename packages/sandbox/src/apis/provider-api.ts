import type { ActiveApiFault, ApiFault } from './faults.ts'

/** The API of a provider on loopback, while it runs. */
export interface ProviderApi<Operation extends string = string> {
  /** `http://127.0.0.1:port`, to which paths are added. */
  readonly url: string
  /** How many requests have come for each operation, those that were refused or struck by a fault among them. */
  readonly requests: Readonly<Record<Operation, number>>
  /** @throws DomainctlError `USAGE` for a fault that could strike no request, or give no answer */
  addFault(fault: ApiFault<Operation>): ActiveApiFault
}
