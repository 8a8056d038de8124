import type { DomainctlError, DomainReport } from '@domainctl/core'
import type { SettingKey } from './config/settings.ts'
import { shownState } from './config/shown-state.ts'
import type { CommonFlags } from './context.ts'
import { quote } from './quote.ts'
import type { WaitFlags } from './wait.ts'

/** A command that makes sense now, ready to copy. */
export interface NextCommand {
  command: string
  why: string
}

/** Flags without which the next command would look at another state, or ask other servers. */
const CHOOSING = [
  'config',
  'state',
  'tenant',
  'resolver',
  'ca',
  'account',
  'caRoot',
  'authoritativePort',
  'httpPort',
  'httpsPort',
  'issuerRoot',
  'healthAnchor',
  'http01Listen',
  'http01Webroot',
  'http01SkipSelfCheck',
  'allowPrivate',
] as const satisfies ('config' | SettingKey)[]

/** Those that were given, as they have to be repeated. */
export function chosenPlaces(flags: CommonFlags): string {
  return CHOOSING.flatMap((key) => {
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const given = flags[key]
    if (given === true) return [` ${flag}`]
    return [given]
      .flat()
      .flatMap((value) => (typeof value === 'string' ? [` ${flag} ${quote(key === 'state' ? shownState(value) : value)}`] : []))
  }).join('')
}

export function withFlags({ command, why }: NextCommand, flags: string): NextCommand {
  return { command: `${command}${flags}`, why }
}

/** After `add`: the records first, then the certificate. */
export function nextAfterAdd({ name, records }: DomainReport): NextCommand[] {
  if (records.length === 0) return [{ command: `domainctl issue ${quote(name)}`, why: 'gets the certificate' }]
  return [{ command: `domainctl verify ${quote(name)} --wait`, why: 'sees when the records are there' }]
}

/** After `add --unapply`; with `isLate` what may appear yet has to be looked for again. */
export function nextAfterUnapply({ name }: Pick<DomainReport, 'name'>, { isLate }: { isLate: boolean }): NextCommand[] {
  if (isLate) return [{ command: `domainctl add ${quote(name)} --unapply`, why: 'later: takes away what has come late' }]
  return [{ command: `domainctl add ${quote(name)} --apply`, why: 'makes the records again' }]
}

/** After `remove`; with `isLate` as {@link nextAfterUnapply}. */
export function nextAfterRemove({ name }: Pick<DomainReport, 'name'>, { isLate }: { isLate: boolean }): NextCommand[] {
  if (isLate) return [{ command: `domainctl remove ${quote(name)}`, why: 'later: takes away what has come late' }]
  return [{ command: `domainctl add ${quote(name)}`, why: 'takes it back' }]
}

/** After `add --apply` on a domain that is in the state now: what says how it is to be need not be repeated. */
export function nextAfterApplyFailure(
  name: string,
  error: DomainctlError,
  { force, wait, timeout }: WaitFlags & { force?: boolean },
): NextCommand[] {
  const apply = `domainctl add ${quote(name)} --apply`
  const waiting = waitAgain({ ...(wait && { wait }), ...(timeout !== undefined && { timeout }) })
  const again = `${apply}${force ? ' --force' : ''}${waiting}`
  switch (error.code) {
    case 'DNS_NOT_READY':
      return [
        { command: waiting === '' ? `${again} --wait` : again, why: 'makes the other records once the ownership record is seen' },
      ]
    case 'RECORD_FOREIGN':
      return force ? [] : [{ command: `${apply} --force${waiting}`, why: 'replaces what is there, and keeps it to be put back' }]
  }
  return nextAfterAny(again, name, error)
}

/** After a `verify` that went well. */
export function nextAfterVerify({ name, certificate }: DomainReport): NextCommand[] {
  return certificate
    ? [{ command: `domainctl show ${quote(name)}`, why: 'shows the certificate' }]
    : [{ command: `domainctl issue ${quote(name)}`, why: 'gets the certificate' }]
}

/** After a certificate was issued, or was good already. */
export function nextAfterIssue({ name }: DomainReport): NextCommand[] {
  return [{ command: `domainctl export ${quote(name)} --out DIR`, why: 'writes the PEM files' }]
}

/** After a failure of `command` on `name`: what continues it, with the wait that was asked for. */
export function nextAfterFailure(
  command: string,
  name: string,
  error: DomainctlError,
  { force, ...wait }: WaitFlags & { force?: boolean } = {},
): NextCommand[] {
  // An order that is open goes on without it; before there is one, only who insists gets another.
  const insists = force && error.code === 'INTERRUPTED' ? ' --force' : ''
  return nextAfterAny(`domainctl ${command} ${quote(name)}${insists}${waitAgain(wait)}`, name, error)
}

/** @param again the command that failed, as it is to be repeated */
function nextAfterAny(again: string, name: string, error: DomainctlError): NextCommand[] {
  switch (error.code) {
    case 'DNS_RECORDS_WANTED':
      return [{ command: again, why: 'continues once the records are there' }]
    case 'HTTP_CHALLENGE_UNSERVED':
    case 'HTTP_CHALLENGE_CANNOT_SERVE':
      return [{ command: again, why: 'continues the order once the answer is served' }]
    case 'DNS_NOT_READY':
      return [{ command: `domainctl verify ${quote(name)} --wait`, why: 'looks again and again until it is right' }]
    case 'DOMAIN_NOT_FOUND':
      return [{ command: `domainctl add ${quote(name)}`, why: 'adds it' }]
    case 'CERTIFICATE_NONE':
      return [{ command: `domainctl issue ${quote(name)}`, why: 'gets the certificate' }]
    case 'TERMS_NOT_ACCEPTED':
      return [{ command: `${again} --accept-tos`, why: "accepts the CA's terms of service" }]
    case 'INTERRUPTED':
      return [{ command: again, why: 'continues where it stopped' }]
  }
  // When that is stands in the error, in the form that is asked for.
  return error.retryAt ? [{ command: again, why: 'from then on' }] : []
}

function waitAgain({ wait, timeout }: WaitFlags): string {
  return `${wait ? ' --wait' : ''}${timeout === undefined ? '' : ` --timeout ${quote(timeout)}`}`
}
