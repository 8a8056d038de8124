import { AcmeProblem } from '../acme/problem.ts'
import type { Validation } from '../acme/validation.ts'
import type { SandboxRuntime } from '../runtime.ts'
import { checkCaa } from './dns01-caa.ts'
import { checkTxt } from './dns01-txt.ts'
import { checkHttp } from './http01.ts'
import { LookupFailure } from './lookup-question.ts'
import { createStubClient } from './stub-client.ts'

/** How long a server may take for an answer on loopback before it is asked again. */
const TIMEOUT_MS = 2_000

/**
 * Validation over DNS, and over HTTP at the addresses that are in it. Nothing is cached.
 * @param options.servers `address:port` of the authoritative servers, looked at for each check; every one of them has to
 *   allow the issuance or show the value, and the first in this order that does not is the one that is named
 * @param options.caaIdentity the name by which CAA records mean this CA
 * @param options.timeoutMs how long each question waits for an answer before it is repeated once; 2 s when not given
 */
export function createDnsValidation(options: {
  servers: readonly string[]
  caaIdentity: string
  runtime: SandboxRuntime
  timeoutMs?: number
}): Validation {
  const { caaIdentity, runtime, timeoutMs = TIMEOUT_MS } = options
  const lookup = createStubClient({ runtime, timeoutMs })

  /** Asks all at once and waits for all, so that which of several refusals is told does not depend on who was faster. */
  async function atEach(check: (server: string) => Promise<void>, signal: AbortSignal): Promise<void> {
    const servers = [...options.servers]
    // Without this, nobody to ask would be nobody to contradict.
    if (servers.length === 0) throw new AcmeProblem('serverInternal', 500, 'The CA has no name servers to ask')
    const results = await Promise.allSettled(servers.map(check))
    signal.throwIfAborted()
    for (const result of results) if (result.status === 'rejected') throw problemOf(result.reason)
  }

  return {
    caa({ name, wildcard, accountUrl, method }, signal) {
      const request = { caaIdentity, wildcard, accountUrl, method }
      return atEach((server) => checkCaa(lookup, { server, name, request }, signal), signal)
    },
    dns01: ({ name, digest }, signal) => atEach((server) => checkTxt(lookup, { server, name, digest }, signal), signal),
    http01: (claim, signal) => atEach((server) => checkHttp({ lookup, clock: runtime.clock, server }, claim, signal), signal),
  }
}

function problemOf(reason: unknown): unknown {
  return reason instanceof LookupFailure ? new AcmeProblem('dns', 400, `DNS problem: ${reason.message}`) : reason
}
