import type { RunOptions } from '../contracts/run.ts'
import { attend } from '../lifecycle/attend.ts'
import { budgets } from '../lifecycle/budgets.ts'
import { checkOne, claimChecks, forgetOldHealth } from '../lifecycle/check-health.ts'
import { attendDeployments } from '../lifecycle/deploy.ts'
import { shareOf } from '../lifecycle/renewal-spread.ts'
import type { Services } from '../lifecycle/services.ts'
import { startCourier } from './courier.ts'
import { within } from './drain.ts'
import { describeDeployments, describeDomain } from './due-domains.ts'
import { runLoop, type WorkKind } from './loop.ts'
import { countMetrics } from './metrics.ts'
import type { Due } from './places.ts'

const WIDTH = 16
/** A check does little but wait for others. */
const CHECKS = 32
const DRAIN = 20_000

/** How often the metrics are made, in ms: a state of 100,000 domains is counted for it. */
const METRICS = 60_000

/** How often history that is too old is looked for, in ms. */
const FORGETTING = 3_600_000

/** Who has been told to stop does not wait for longer until the last metrics are told, in ms: the state may not answer. */
const LAST = 5_000

/** Certificates that end first, of which the metrics say when. */
const SOONEST = 1_000

/** Every kind of work there is: what is due of it, what does it, and how many at a time. */
function kindsOf(services: Services, { width = WIDTH }: RunOptions): WorkKind[] {
  return [
    {
      kind: 'domain',
      width,
      leased: true,
      recurs: true,
      due: (now, limit) => services.store.dueDomains(now, limit),
      describe: (due) => describeDomain(services, due),
      act: (due, { signal }) => attend(services, due, { signal }),
    },
    {
      kind: 'deploy',
      width,
      leased: true,
      recurs: false,
      due: (now, limit) => services.store.dueDeployments(now, limit),
      describe: (due) => describeDeployments(services, due),
      act: (due, { signal }) => attendDeployments(services, due, { signal }),
    },
    {
      kind: 'health',
      width: Math.min(CHECKS, width * 2),
      leased: false,
      recurs: true,
      due: (now, limit) => services.store.dueChecks(now, limit),
      act: (due, { signal }) => checkDue(services, due, { signal }),
    },
  ]
}

/** One check, unless another process has done it or is at it. */
async function checkDue(services: Services, { id }: Due, o: { signal: AbortSignal }): Promise<string> {
  const [claimed] = await claimChecks(services, 1, [id], { onlyDue: true })
  const checked = claimed && (await checkOne(services, claimed, o))
  return checked ? (checked.news ?? 'checked') : 'nothing'
}

/** `run`: every kind of work there is, until it is stopped. */
export async function run(services: Services, o: RunOptions): Promise<void> {
  const { clock, logger } = services.runtime
  const metrics = countMetrics(clock.now())
  const standing: { running: number; lastTickAt: Date | undefined } = { running: 0, lastTickAt: undefined }
  const tellMetrics = tellerOf(services, o, async () => {
    const now = clock.now()
    const overview = await services.store.overview(now, { soonest: SOONEST })
    return metrics.text({ ...standing, now, overview, budgets: await budgets(services, {}) })
  })
  const forget = forgetterOf(services, o.signal)
  const stopForgetting = clock.every(FORGETTING, () => void forget())
  const stopCourier = startCourier(services, { signal: o.signal, once: o.once ?? false })
  const stop = o.onMetrics ? clock.every(METRICS, () => void tellMetrics()) : () => undefined
  try {
    void tellMetrics()
    void forget()
    await runLoop(kindsOf(services, o), {
      clock,
      logger,
      share: shareOf(services),
      signal: o.signal,
      once: o.once ?? false,
      drainMs: o.drainMs ?? DRAIN,
      onTick: (tick) => {
        Object.assign(standing, { running: tick.running, lastTickAt: tick.at })
        o.onTick?.(tick)
      },
      onTrouble: (error) => {
        metrics.trouble()
        if (o.onTrouble) o.onTrouble(error)
        else logger.log('error', error.message, { code: error.code })
      },
      onOutcome: (outcome) => {
        metrics.count(outcome)
        o.onOutcome?.(outcome)
      },
    })
  } finally {
    stop()
    stopForgetting()
    standing.running = 0
    const last = Promise.all([forget(), stopCourier(), tellMetrics()])
    await (o.signal.aborted ? within(clock, LAST, last) : last)
  }
}

/** Forgets health that is too old, piece by piece, one after the other; a state that is away keeps it until the next time. */
function forgetterOf(services: Services, signal: AbortSignal | undefined): () => Promise<void> {
  let forgetting: Promise<void> | undefined
  const forget = async () => {
    try {
      while (!signal?.aborted && (await forgetOldHealth(services)) > 0);
    } catch (error) {
      services.runtime.logger.log('warn', 'old health could not be forgotten', { error: String(error) })
    }
    forgetting = undefined
  }
  return () => (forgetting ??= forget())
}

/** Tells the metrics, one text after the other; that it fails, or that the state is away, stops nothing. */
function tellerOf({ runtime }: Services, { onMetrics }: RunOptions, text: () => Promise<string>): () => Promise<void> {
  let telling: Promise<void> = Promise.resolve()
  let isWaiting = false
  const tell = async () => {
    isWaiting = false
    try {
      await onMetrics?.(await text())
    } catch (error) {
      runtime.logger.log('warn', 'the metrics could not be told', { error: String(error) })
    }
  }
  return () => {
    if (!onMetrics || isWaiting) return telling
    isWaiting = true
    telling = telling.then(tell)
    return telling
  }
}
