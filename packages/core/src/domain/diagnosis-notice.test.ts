import { expect, it } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import { diagnosisNotice } from './diagnosis-notice.ts'

it('says what is wrong, who must act and until when, as one incident for the whole wait', () => {
  const since = new Date('2026-01-01T00:00:00Z')
  const domain = sampleDomain({ name: 'a.example', status: 'pending_dns', statusSince: since })
  const error = new DomainctlError('DNS_NOT_READY', 'The TXT is missing.', { hint: 'Make it.', actor: 'customer' })
  const at = (minutes: number) => new Date(since.getTime() + minutes * 60_000)
  const first = diagnosisNotice(domain, error, at(25))
  expect(first).toMatchObject({
    event: 'domain.not_ready',
    severity: 'info',
    actor: 'customer',
    title: 'The records of a.example are not right yet',
    text: 'The TXT is missing. Make it. They are looked at every five minutes until 2026-01-04T13:35:00.000Z.',
  })
  expect(diagnosisNotice(domain, error, at(35)).incident).toBe(first.incident)
  // The time is over: nothing is promised.
  expect(diagnosisNotice(domain, error, at(6000)).text).toBe('The TXT is missing. Make it.')
})
