import type { Observation, ServerAnswer, ZoneAuthority } from '../contracts/dns.ts'
import { andMore, plainName } from '../domain/diagnosis/sentence.ts'
import type { Services } from './services.ts'

/** First pause between two looks, growth and longest pause, in ms. */
const PAUSE = { first: 100, factor: 1.6, longest: 5_000 } as const

/** A server that gives no answer is left out after so many looks in a row: one packet may get lost. */
const LOOKS_UNTIL_LEFT_OUT = 3

/** A TXT value and whether the servers are to show it. */
export interface Awaited {
  zone: ZoneAuthority
  name: string
  value: string
  isThere: boolean
}

/**
 * Looks at every server that the zone above delegates to, until all that answer (one at least) show the value, or show that it
 * is gone. No resolver is asked: it would keep what it sees too soon, and whatever the mode of propagation is, this is a test
 * of what the servers show.
 * @returns the last look, and whether it was as awaited
 */
export async function watchServers(
  services: Services,
  { zone, name, value, isThere }: Awaited,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<{ isSeen: boolean; observation: Observation }> {
  const { clock } = services.runtime
  const dns = await services.dns()
  const deadline = clock.now().getTime() + timeoutMs
  let agreeing = 0
  for (let pause: number = PAUSE.first; ; pause = Math.min(pause * PAUSE.factor, PAUSE.longest)) {
    const observation = await dns.observe(name, 'TXT', { signal, zone })
    const deciding = observation.answers.filter(({ outcome }) => outcome === 'answer')
    const isSeen = deciding.length > 0 && deciding.every(({ values }) => values.includes(value) === isThere)
    agreeing = isSeen ? agreeing + 1 : 0
    const areAll = deciding.length === observation.answers.length
    if (isSeen && (areAll || agreeing >= LOOKS_UNTIL_LEFT_OUT)) return { isSeen, observation }
    const left = deadline - clock.now().getTime()
    if (left <= 0) return { isSeen, observation }
    await clock.sleep(Math.min(pause, left), signal)
  }
}

/** Servers whose answer is not what is awaited, or that give none, for a sentence. */
export function unlike({ answers }: Observation, { value, isThere }: Pick<Awaited, 'value' | 'isThere'>): string {
  const others = answers.filter((answer) => answer.outcome !== 'answer' || answer.values.includes(value) !== isThere)
  return andMore(others.map(shownServer)) || 'no server was asked'
}

/** A warning for each server that gave no answer. */
export function unanswered({ answers }: Observation): string[] {
  return answers
    .filter(({ outcome }) => outcome !== 'answer')
    .map((answer) => `The name server ${shownServer(answer)} gave no usable answer (${answer.rcode}).`)
}

function shownServer({ server }: ServerAnswer): string {
  return `${plainName(server.name)} (${server.address})`
}
