import type { WrittenRecord } from '../domain/model.ts'
import type { DomainctlError, ErrorCode } from '../errors.ts'
import { described, previousOf } from './leading-place.ts'
import { recordDetails } from './record-lines.ts'
import { retold } from './retold.ts'
import type { Step } from './step.ts'

/** What no repetition mends: the provider is not configured any more, or not as it has to be, or will not have it. */
const FOR_GOOD: readonly ErrorCode[] = [
  'PROVIDER_UNKNOWN',
  'CONFIG_INVALID',
  'PROVIDER_AUTH',
  'PROVIDER_REFUSED',
  'PROVIDER_CONFLICT',
  'PROVIDER_ZONE_NOT_FOUND',
]

export function isForGood({ code }: DomainctlError): boolean {
  return FOR_GOOD.includes(code)
}

/** The failure with the way out that is left, where there is one. */
export function withWayOut({ domain }: Pick<Step, 'domain'>, failure: DomainctlError): DomainctlError {
  if (!isForGood(failure)) return failure
  const way = `\`domainctl remove ${domain.name} --abandon-records\` removes the domain all the same, and leaves such records to you.`
  return retold(failure, { hint: `${failure.hint} If that is for good: ${way}` })
}

/** Forgets records, at least one, that cannot be taken away. @returns what a person has to know of each */
export async function abandonRecords(step: Step, rows: readonly WrittenRecord[], failure: DomainctlError): Promise<string[]> {
  const told = rows.map((row) => {
    const { type, name, value, zone, provider } = row
    const before = previousOf([row])
    const replaced = before.length > 0 ? ` It had taken the place of ${described(before)}.` : ''
    return {
      row,
      message: `${type} ${name} "${value}" in the zone ${zone.name} of the provider ${provider} was left there.${replaced}`,
    }
  })
  await step.commit({
    recordsRemoved: rows.map(({ id }) => id),
    events: told.map(({ row, message }) =>
      step.event('record.abandoned', message, { ...recordDetails(row), code: failure.code }),
    ),
  })
  return told.map(({ message }) => `${message} Take it away by hand.`)
}
