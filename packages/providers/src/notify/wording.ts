import type { Notice, NoticeMessage } from '@domainctl/core'

/** Notices of one message that are told in full; of the others their number. */
export const MOST_TOLD = 20

/** The first line of a message. */
export function headline({ notices }: NoticeMessage): string {
  const [first] = notices
  if (!first) return 'domainctl'
  if (notices.length === 1) return plain(first.title).replace(/\s+/g, ' ')
  return `${notices.length} × ${first.event.replace(/^domain\./, '').replaceAll('_', ' ')}`
}

/** What is to be known of a notice beside its words, by name. */
export function facts({ names, severity, actor, tenant, at, labels }: Notice): [name: string, value: string][] {
  const labelled = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  const all: [string, string][] = [
    ['Domain', names.join(', ')],
    ['Severity', severity],
    ['Who must act', actor ?? ''],
    ['Tenant', tenant === 'default' ? '' : tenant],
    ['Labels', labelled.join(', ')],
    ['When', at.toISOString()],
  ]
  return all.map(([name, value]): [string, string] => [name, plain(value)]).filter(([, value]) => value !== '')
}

/** Text on one line or several, without what could change how it is shown: controls and marks of direction. */
export function plain(text: string): string {
  return text.replace(/[^\P{C}\n]|[\u2028\u2029]/gu, ' ')
}

/** At most so many UTF-16 units, and no half of a pair. */
export function shorter(text: string, most: number): string {
  return text.length <= most
    ? text
    : `${text
        .slice(0, most - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`
}

/** How many are not told in full, as a sentence; empty: none. */
export function others({ notices }: NoticeMessage, most = MOST_TOLD): string {
  return notices.length > most ? `and ${notices.length - most} more` : ''
}
