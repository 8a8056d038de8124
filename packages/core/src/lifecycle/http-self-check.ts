import type { AddressTrace } from '../contracts/dns.ts'
import type { ProbeAnswer } from '../contracts/http-probe.ts'
import { CHALLENGE_PATH, type HttpChallenge } from '../domain/http-challenge.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { DomainctlError } from '../errors.ts'
import type { Step } from './step.ts'

/** Names of one order that are asked at the same time; each has up to 8 addresses. */
const AT_ONCE = 8

/** An answer that the CA would not find. */
export interface Unserved {
  url: string
  /** At each address where it is not right, for people. */
  seen: string[]
  /** At another address of the name it is. */
  isPartly: boolean
  /** The name leads to no address. */
  isUnrouted: boolean
  /** This machine got to none of the addresses, and others may. */
  isUnreached: boolean
}

/**
 * Asks for each answer at every address of its name, as the CA will: it may take any of them, from wherever it looks. The
 * addresses are those of the name's authoritative servers. Where this machine has no IPv6, such addresses are only told.
 */
export async function lookAtAnswers(
  step: Step,
  answers: readonly HttpChallenge[],
): Promise<{ unserved: Unserved[]; warnings: string[] }> {
  const looks = await inParallel(answers, AT_ONCE, (answer) => lookAt(step, answer))
  return { unserved: looks.flatMap((look) => look.unserved ?? []), warnings: looks.flatMap((look) => look.warning ?? []) }
}

async function lookAt(
  { services, signal }: Step,
  { name, token, keyAuthorization }: HttpChallenge,
): Promise<{ unserved?: Unserved; warning?: string }> {
  const path = CHALLENGE_PATH + token
  const url = `http://${name}${path}`
  const [dns, http] = await Promise.all([services.dns(), services.probe()])
  const trace = await traced(dns.trace(name, { signal }))
  if ('error' in trace)
    return {
      unserved: { url, seen: [trace.error.message.replace(/\.$/, '')], isPartly: false, isUnrouted: false, isUnreached: false },
    }
  if (trace.end !== 'addresses')
    return { unserved: { url, seen: [nowhere(trace)], isPartly: false, isUnrouted: true, isUnreached: false } }
  const request = { name, addresses: trace.addresses, path, token: keyAuthorization, asCa: true }
  const seen = await http.probe(request, { signal })
  const right = seen.filter(({ outcome }) => outcome === 'ok')
  const unasked = seen.filter(({ outcome }) => outcome === 'no-route')
  const wrong = seen.filter(({ outcome }) => outcome !== 'ok' && (outcome !== 'no-route' || right.length === 0))
  if (wrong.length > 0) {
    const isUnreached = seen.every(({ outcome }) => outcome === 'unreachable' || outcome === 'no-route')
    return { unserved: { url, seen: wrong.map(told), isPartly: right.length > 0, isUnrouted: false, isUnreached } }
  }
  if (unasked.length === 0) return {}
  const where = unasked.map(({ address }) => address).join(', ')
  return {
    warning: `Whether ${name} answers at ${where} could not be seen from here, since this machine has no IPv6; CAs ask there first.`,
  }
}

async function traced(trace: Promise<AddressTrace>): Promise<AddressTrace | { error: DomainctlError }> {
  try {
    return await trace
  } catch (error) {
    if (error instanceof DomainctlError && error.kind === 'not-ready') return { error }
    throw error
  }
}

function nowhere({ end, why }: AddressTrace): string {
  const said = why === undefined ? '' : `: ${why.replace(/\.$/, '')}`
  return end === 'silent' ? `no name server tells its addresses${said}` : `the name has no address${said}`
}

function told({ address, why, outcome }: ProbeAnswer): string {
  return `at ${address} ${why ?? outcome}`
}
