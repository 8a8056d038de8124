import type { DomainReport } from '@domainctl/core'
import { when } from '../time.ts'
import type { Meaning, Paint } from './paint.ts'
import { printable } from './text.ts'

const MEANING = { ok: 'good', failing: 'waiting', broken: 'bad', unknown: 'faint' } as const satisfies Record<string, Meaning>

/** Of one domain in a table. */
export function healthText(health: DomainReport['health'], paint: Paint): string {
  return health ? paint(MEANING[health.status], health.status) : '-'
}

/** How it is, and what is measured, as rows of `show`. */
export function healthFacts({ health, healthCheck }: DomainReport, now: Date, paint: Paint): [string, string][] {
  const found = [health?.layer, health?.code].filter((part) => part !== undefined).map(printable)
  const what = found.length === 0 ? '' : ` (${found.join(' ')})`
  const facts: [string, string][] = []
  if (health) facts.push(['health', `${healthText(health, paint)}${what}, checked ${when(new Date(health.checkedAt), now)}`])
  if (healthCheck === false) facts.push(['health', 'is not measured; only the end of the certificate is watched'])
  if (!healthCheck) return facts
  const { names, addresses, port, page, endpoint } = healthCheck
  const places = [...(addresses ?? []), ...(port === undefined ? [] : [`port ${port}`])]
  return [
    ...facts,
    ['measured', [names?.join(', ') ?? 'each name', ...(places.length > 0 ? [`at ${places.join(', ')}`] : [])].join(' ')],
    ['', `page ${answerText(page ?? { path: '/' })}`],
    ...(endpoint ? [['', `endpoint ${answerText(endpoint)}`] as [string, string]] : []),
  ]
}

type Answer = NonNullable<Exclude<DomainReport['healthCheck'], false | undefined>['endpoint']>

function answerText({ path, port, status, text }: Answer): string {
  const at = port === undefined ? '' : ` at port ${port}`
  const answers = status === undefined ? '' : `, answers ${status.join(' or ')}`
  return printable(`${path}${at}${answers}${text === undefined ? '' : `, has ${JSON.stringify(text)}`}`)
}
