import type { DomainctlError, DomainReport } from '@domainctl/core'
import type { SettingKey } from './config/settings.ts'
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
  'caRoot',
  'authoritativePort',
  'httpPort',
  'allowPrivate',
] as const satisfies ('config' | SettingKey)[]

/** Those that were given, as they have to be repeated. */
export function chosenPlaces(flags: CommonFlags): string {
  return CHOOSING.flatMap((key) => {
    const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    const given = flags[key]
    if (given === true) return [` ${flag}`]
    return [given].flat().flatMap((value) => (typeof value === 'string' ? [` ${flag} ${quote(value)}`] : []))
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
export function nextAfterFailure(command: string, name: string, error: DomainctlError, wait: WaitFlags = {}): NextCommand[] {
  const again = `domainctl ${command} ${quote(name)}${waitAgain(wait)}`
  switch (error.code) {
    case 'DNS_RECORDS_WANTED':
      return [{ command: again, why: 'continues once the records are there' }]
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
  return error.retryAt ? [{ command: again, why: `from ${error.retryAt.toISOString()} on` }] : []
}

function waitAgain({ wait, timeout }: WaitFlags): string {
  return `${wait ? ' --wait' : ''}${timeout === undefined ? '' : ` --timeout ${quote(timeout)}`}`
}
