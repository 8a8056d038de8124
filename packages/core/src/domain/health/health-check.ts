import { DomainctlError } from '../../errors.ts'
import type { Domain } from '../model.ts'
import { parentOf } from '../names.ts'
import { parseName } from '../parse-name.ts'
import { servedAddresses } from '../served-addresses.ts'
import type { ExpectedAnswer, HealthCheckSettings, HealthTarget, Measured } from './target.ts'

/** The same as people give it: an answer without a path is that of `/`. */
export interface HealthCheckOptions extends Omit<HealthCheckSettings, 'page' | 'endpoint'> {
  page?: Partial<ExpectedAnswer>
  endpoint?: ExpectedAnswer & { port?: number }
}

/** As many as are measured of a name. */
const MOST_ADDRESSES = 8
const LONGEST_PATH = 1024
const LONGEST_TEXT = 1024
const MOST_STATUSES = 20

/**
 * The settings that these options ask for, each value in its own spelling; undefined when that is nothing but the usual.
 * @throws DomainctlError `USAGE`, `NAME_INVALID`
 */
export function healthCheckSettings(o: HealthCheckOptions, names: Domain['names']): HealthCheckSettings | undefined {
  const chosen = namesOf(o.names ?? [], names)
  const settings = { ...(chosen.length > 0 && { names: chosen }), ...measuredOf(o) }
  return Object.keys(settings).length > 0 ? settings : undefined
}

/** @throws DomainctlError `USAGE` for what cannot be measured */
export function measuredOf({ addresses = [], port, page, endpoint }: HealthCheckOptions): Measured {
  const served = servedAddresses(addresses)
  if (served.length > MOST_ADDRESSES) {
    throw usage(`${served.length} addresses are more than are measured of a name.`, `Give ${MOST_ADDRESSES} at most.`)
  }
  return {
    ...(served.length > 0 && { addresses: served }),
    ...(port !== undefined && { port: portOf(port) }),
    ...(page && Object.keys(page).length > 0 && { page: answerOf(page) }),
    ...(endpoint && {
      endpoint: { ...answerOf(endpoint), ...(endpoint.port !== undefined && { port: portOf(endpoint.port) }) },
    }),
  }
}

/** What a check of the domain measures; nothing where it has no server of its own, or nothing is to be measured. */
export function healthTargets({ names, healthCheck }: Pick<Domain, 'names' | 'healthCheck'>): HealthTarget[] {
  if (healthCheck === false) return []
  const { names: chosen, ...measured } = healthCheck ?? {}
  const served = chosen ?? names.map(({ name }) => name).filter((name) => !name.startsWith('*.'))
  return served.map((name) => ({ name, ...measured }))
}

/** Hosts that the certificate is for, each once. */
function namesOf(typed: readonly string[], names: Domain['names']): string[] {
  const covered = new Set(names.map(({ name }) => name))
  const chosen = typed.map((input) => {
    const { name, wildcard } = parseName(input)
    if (wildcard) throw usage(`${name} stands for no one host that could be measured.`, 'Name a host that it covers.')
    if (covered.has(name) || covered.has(`*.${parentOf(name)}`)) return name
    throw usage(`The certificate is not for ${name}, so it is not measured with it.`, 'Name hosts that the domain covers.')
  })
  return [...new Set(chosen)]
}

function answerOf({ path = '/', status, text }: Partial<ExpectedAnswer>): ExpectedAnswer {
  if (!/^\/[\x21-\x7e]*$/.test(path) || path.includes('#') || path.length > LONGEST_PATH) {
    throw usage(
      `${JSON.stringify(path.slice(0, 80))} is no path that could be asked for.`,
      'Give one that begins with /, in ASCII without blanks and #, such as /healthz.',
    )
  }
  if (status && (status.length === 0 || status.length > MOST_STATUSES || !status.every(isStatus))) {
    throw usage('What is expected is no list of statuses of HTTP.', 'Give statuses from 200 to 599, such as 200 or 200,204.')
  }
  if (text !== undefined && (text === '' || text.length > LONGEST_TEXT)) {
    const why = text === '' ? 'empty: every answer has it' : `longer than ${LONGEST_TEXT} characters`
    throw usage(`The text that is expected is ${why}.`, 'Give a piece of the answer that a broken one does not have.')
  }
  return { path, ...(status && { status: [...new Set(status)].sort() }), ...(text !== undefined && { text }) }
}

function portOf(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw usage(`${port} is no port.`, 'Give one from 1 to 65535.')
}

/** An interim answer (1xx) is never the last one. */
function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599
}

function usage(message: string, hint: string): DomainctlError {
  return new DomainctlError('USAGE', message, { hint })
}
