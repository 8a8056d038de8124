import type { Deployment } from '../domain/deployment.ts'
import type { Certificate, Domain, WrittenRecord } from '../domain/model.ts'
import type { HealthRecord } from './health-record.ts'

/** A domain with what `list` and `show` print of it. */
export interface DomainView {
  domain: Domain
  certificate?: Omit<Certificate, 'privateKey' | 'chain'>
  records: WrittenRecord[]
  /** Absent: none. */
  deployments?: Deployment[]
  /** Of `viewDomain` and `listDomains`; absent: it was never watched. */
  health?: HealthRecord
}
