// What a customer is told of a domain: where it stands, who has to act, and the records as they have to be made.
import type { DomainReport } from '@domainctl/core'
import { html } from 'hono/html'

export interface CustomerView {
  name: string
  status: 'waiting for your DNS' | 'certificate under way' | 'connected' | 'given up'
  /** `nobody`: it goes on by itself. */
  whoActs: 'you' | 'us' | 'nobody'
  explanation: string
  /** All of them stay, also when it is connected. */
  records: { type: string; name: string; value: string; isThere: boolean }[]
  looksAgainAt?: string
}

const LATER: Record<DomainReport['status'], CustomerView['status']> = {
  pending_dns: 'waiting for your DNS',
  pending_probe: 'waiting for your DNS',
  issuing: 'certificate under way',
  active: 'certificate under way',
  failed: 'given up',
  suspended: 'given up',
  deleted: 'given up',
}

export function customerView(domain: DomainReport): CustomerView {
  const { unicodeName, status, certificate, nextActionAt, records } = domain
  const isWaiting = status === 'pending_dns' || status === 'pending_probe'
  return {
    name: unicodeName,
    status: isWaiting ? 'waiting for your DNS' : certificate && status === 'active' ? 'connected' : LATER[status],
    whoActs: whoActs(domain, isWaiting),
    explanation: explanationOf(domain, isWaiting),
    records: records.map(({ type, name, value, state }) => ({ type, name, value, isThere: state === 'ok' })),
    ...(nextActionAt !== undefined && isWaiting && { looksAgainAt: nextActionAt }),
  }
}

function whoActs({ status, lastError }: DomainReport, isWaiting: boolean): CustomerView['whoActs'] {
  if (status === 'active') return 'nobody'
  if (isWaiting && !lastError) return 'you'
  if (!lastError) return 'nobody'
  if (lastError.actor === 'customer') return 'you'
  // A CA that cannot be reached is waited for.
  return lastError.actor === 'operator' ? 'us' : 'nobody'
}

function explanationOf({ status, lastError }: DomainReport, isWaiting: boolean): string {
  if (lastError && lastError.actor === 'customer') return `${lastError.message} ${lastError.hint}`
  if (lastError) return 'Something on our side is not right yet; you need do nothing.'
  if (isWaiting) return 'Create these records where your DNS is managed.'
  return status === 'active' ? 'Visitors reach you by this name.' : 'The certificate is on its way.'
}

export function customerPage({ name, status, whoActs: who, explanation, records }: CustomerView) {
  return html`<!doctype html><meta charset="utf-8"><title>${name}</title>
    <h1>${name}: ${status}</h1>
    <p>${explanation}</p>
    <p>${who === 'you' ? 'Your turn.' : who === 'us' ? 'Our turn.' : 'Nothing to do.'}</p>
    <table><tr><th>Type<th>Name<th>Value<th>There
    ${records.map((one) => html`<tr><td>${one.type}<td>${one.name}<td>${one.value}<td>${one.isThere ? 'yes' : 'no'}`)}
    </table>`
}
