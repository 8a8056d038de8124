import type { RunOutcome } from '../contracts/run.ts'
import type { CaBudget } from '../contracts/standing.ts'
import type { StateOverview } from '../contracts/store.ts'
import { type Histogram, type Metric, metricsText, type Sample } from '../domain/metrics-text.ts'

/** Upper bounds in seconds. */
const BOUNDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

const DAY = 86_400_000

/** Which counter of the requirements (F6) what was done belongs to; what ends in an error belongs to that of what was begun. */
const COUNTERS = {
  verified: ['domain_verification_total', 'ok'],
  'not ready': ['domain_verification_total', 'not_ready'],
  'gave up': ['domain_verification_total', 'gave_up'],
  issued: ['acme_issuance_total', 'ok'],
  renewed: ['renewal_total', 'ok'],
} as const

const HELP = {
  domain_verification_total: 'Looks at the records of domains, by what they found.',
  acme_issuance_total: 'First certificates that were ordered, by what came of it.',
  renewal_total: 'Renewals of certificates, by what came of it.',
} as const

const BEGUN = {
  pending_dns: 'domain_verification_total',
  pending_probe: 'domain_verification_total',
  issuing: 'acme_issuance_total',
  active: 'renewal_total',
} as const satisfies Partial<Record<string, keyof typeof HELP>>

/** What is there at the moment. */
export interface Standing {
  now: Date
  overview: StateOverview
  budgets: readonly CaBudget[]
  running: number
  lastTickAt: Date | undefined
}

/** Counts what one process has done since it began, and makes the text of it with what is there. */
export function countMetrics(startedAt: Date) {
  const counters: Record<keyof typeof HELP, Map<string, number>> = {
    domain_verification_total: new Map([['ok', 0]]),
    acme_issuance_total: new Map([['ok', 0]]),
    renewal_total: new Map([['ok', 0]]),
  }
  const steps = new Map<string, number>()
  const durations = new Map<string, { counts: number[]; sum: number }>()
  let troubles = 0

  function count({ kind, status, done, error, tookMs }: RunOutcome): void {
    const result = error ? error.code : (done ?? 'nothing')
    add(steps, JSON.stringify([kind, result]))
    const known = Object.entries(COUNTERS).find(([word]) => word === done)?.[1]
    if (known) add(counters[known[0]], known[1])
    const begun = Object.entries(BEGUN).find(([word]) => word === status)?.[1]
    if (error && begun) add(counters[begun], error.code)
    const one = durations.get(kind) ?? { counts: Array.from({ length: BOUNDS.length + 1 }, () => 0), sum: 0 }
    const place = BOUNDS.findIndex((bound) => tookMs / 1000 <= bound)
    const bucket = place < 0 ? BOUNDS.length : place
    one.counts[bucket] = (one.counts[bucket] ?? 0) + 1
    one.sum += tookMs / 1000
    durations.set(kind, one)
  }

  function text({ now, overview, budgets, running, lastTickAt }: Standing): string {
    const counted = (Object.keys(HELP) as (keyof typeof HELP)[]).map((name): Metric => {
      const samples = [...counters[name]].map(([result, value]) => ({ labels: { result }, value }))
      return { name, type: 'counter', help: HELP[name], samples }
    })
    const took: Histogram = {
      name: 'domainctl_step_duration_seconds',
      help: 'How long steps took, by their kind.',
      bounds: BOUNDS,
      series: [...durations].map(([kind, { counts, sum }]) => ({ labels: { kind }, counts, sum })),
    }
    const done = [...steps].map(([key, value]): Sample => {
      const [kind, result] = JSON.parse(key)
      return { labels: { kind, result }, value }
    })
    const { statuses, due, dueSince, expiring } = overview
    const lateBy = dueSince ? Math.max(0, now.getTime() - dueSince.getTime()) / 1000 : 0
    return metricsText([
      ...counted,
      { name: 'domainctl_steps_total', type: 'counter', help: 'Steps that ended, by kind and result.', samples: done },
      took,
      gauge('certificate_expiry_days', 'Days until the certificate of an active domain ends, those that end first.', [
        ...expiring.map(({ tenant, name, notAfter }) => {
          return { labels: { tenant, name }, value: (notAfter.getTime() - now.getTime()) / DAY }
        }),
      ]),
      gauge(
        'domainctl_domains',
        'Domains by their status.',
        statuses.map(({ status, count: value }) => ({ labels: { status }, value })),
      ),
      gauge('domainctl_queue_depth', 'Domains whose next action is due.', [{ value: due }]),
      gauge('domainctl_queue_oldest_seconds', 'For how long the first of them has been due.', [{ value: lateBy }]),
      gauge('domainctl_steps_running', 'Steps that this process is at work on.', [{ value: running }]),
      gauge('domainctl_ca_budget_left', 'What is left of the limits of CAs, those that will be full last.', leastLeft(budgets)),
      {
        name: 'domainctl_run_troubles_total',
        type: 'counter',
        help: 'Looks at the state that failed.',
        samples: [{ value: troubles }],
      },
      gauge('domainctl_run_start_time_seconds', 'When this process began, seconds since 1970.', [
        { value: startedAt.getTime() / 1000 },
      ]),
      gauge('domainctl_run_last_tick_time_seconds', 'Its last look at what is due, seconds since 1970.', [
        ...(lastTickAt ? [{ value: lastTickAt.getTime() / 1000 }] : []),
      ]),
    ])
  }

  return {
    count,
    text,
    trouble() {
      troubles += 1
    },
  }
}

/**
 * Several counts may be told by the same words: of two sets of names that begin with the same one, or of one name under two accounts.
 * A series that is there twice makes Prometheus refuse the whole text, so the one of which less is left stands for all.
 */
function leastLeft(budgets: readonly CaBudget[]): Sample[] {
  const samples = new Map<string, Sample>()
  for (const { ca, kind, counted, left } of budgets) {
    const key = JSON.stringify([ca, kind, counted])
    const value = Math.min(left, samples.get(key)?.value ?? left)
    samples.set(key, { labels: { ca, kind, subject: counted }, value })
  }
  return [...samples.values()]
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
