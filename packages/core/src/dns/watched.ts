import type { AuthoritativeServer, ServerAnswer, ZoneAuthority } from '../contracts/dns.ts'

/** One name that is waited for, with all values wanted there, and what is seen of it so far. */
export interface Watched {
  name: string
  values: readonly string[]
  zone: ZoneAuthority
  /** What each server of the zone showed last. */
  seen: Map<AuthoritativeServer, ServerAnswer>
  /** What each resolver showed last, once the authoritative servers agree (mode `recursive`). */
  resolvers: Map<string, { isShown: boolean; text: string }>
  isDone: boolean
}

/** The server shows all values wanted at the name. */
export function isShown(watched: Watched, answer: ServerAnswer | undefined): boolean {
  return answer?.outcome === 'answer' && watched.values.every((value) => answer.values.includes(value))
}
