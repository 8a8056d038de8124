import { DomainctlError } from '@domainctl/core'
import { shown } from '../../shown.ts'
import { type CloudflareRefusal, refused } from './refusal.ts'

/** Of zones that cost nothing and are older than 2024-09 (https://github.com/cloudflare/cloudflare-docs/pull/16600). */
const RECORDS = 1000

/** How many records a zone may have. */
export interface RecordQuota {
  /** @throws DomainctlError `USAGE` for what is no number of records */
  records: number
}

export function createRecordQuota(): RecordQuota {
  let records = RECORDS
  return {
    get records() {
      return records
    },
    set records(value) {
      if (value !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(value) && value >= 0)) {
        throw new DomainctlError('USAGE', `${shown(value)} is no number of records.`, { hint: 'Give 0 or more, or Infinity.' })
      }
      records = value
    },
  }
}

/** The code: https://github.com/js-org/js.org/issues/2873; the words: https://github.com/ZoneABC/ZoneABC/issues/30. */
export function quotaExceeded(): CloudflareRefusal {
  return refused(81_045, 'Record quota exceeded.')
}
