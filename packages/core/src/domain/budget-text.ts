import type { BudgetUnit } from './ca-budget.ts'

const SECOND = 1000
const UNITS = [
  ['day', 86_400 * SECOND],
  ['hour', 3600 * SECOND],
  ['minute', 60 * SECOND],
  ['second', SECOND],
] as const

/** What a CA allows, for people: `50 certificates for names under example.com in 7 days`. */
export function limitText({ key, limit }: BudgetUnit): string {
  return `${limit.count} ${countedText(key)} in ${windowText(limit.windowMs)}`
}

/** What is counted: `new orders of an account`. */
export function countedText({ kind, subject }: Pick<BudgetUnit['key'], 'kind' | 'subject'>): string {
  if (kind === 'accounts') return 'new accounts'
  if (kind === 'orders') return 'new orders of an account'
  if (kind === 'certificates') return `certificates for names under ${subject}`
  if (kind === 'failures') return `failed validations of ${subject.slice(subject.indexOf(' ') + 1)}`
  const names = subject.split(',')
  const more = names.length > 1 ? ` and ${names.length - 1} more` : ''
  return `certificates for exactly ${names[0]}${more}`
}

/** `7 days`, `90 minutes`: in the largest unit that it is whole in. */
export function windowText(ms: number): string {
  const [name, unit] = UNITS.find(([, length]) => ms % length === 0 && ms >= length) ?? ['second', SECOND]
  const count = Math.round((ms / unit) * 1000) / 1000
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
