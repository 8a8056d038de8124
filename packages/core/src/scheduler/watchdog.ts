import type { Clock } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'

/** Without a look at what is due for so long, in ms, something hangs. */
const SILENT = 120_000
const WATCH = 30_000

/** Tells when there was no tick for two minutes, and again each time as much is over. */
export function watch(o: { clock: Clock; onTrouble(error: DomainctlError): void }): {
  tick(): void
  stop(): void
} {
  const { clock } = o
  let last = clock.now().getTime()
  let told = 0
  const stop = clock.every(WATCH, () => {
    const silent = clock.now().getTime() - last
    if (silent < SILENT * (told + 1)) return
    told += 1
    o.onTrouble(
      new DomainctlError('STATE_BUSY', `No look at what is due has ended for ${Math.round(silent / 1000)} s.`, {
        hint: 'The state does not answer, or this machine has no time: see that its database is there. Restarting loses nothing.',
      }),
    )
  })
  return {
    tick() {
      last = clock.now().getTime()
      told = 0
    },
    stop,
  }
}
