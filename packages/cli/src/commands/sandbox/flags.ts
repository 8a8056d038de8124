import { resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import { LETS_ENCRYPT_LIMITS, type SandboxOptions } from '@domainctl/sandbox'
import { integerFlag } from '../../integer-flag.ts'
import { durationFlag } from '../../wait.ts'

/** Flags of `sandbox start` and `sandbox exec`. */
export interface SandboxFlags {
  zone?: string[]
  nameServers?: string
  lag?: string
  lifetime?: string
  nonceReject?: string
  processing?: string
  retryAfter?: string
  reuseAuthorizations?: boolean
  rateLimits?: boolean
  httpPort?: string
  caPort?: string
  dnsPort?: string
  resolverPort?: string
  httpsPort?: string
  serve?: string
  dir?: string
}

/** Loopback addresses that one sandbox takes: more servers than any zone of the real DNS has. */
const MOST_NAME_SERVERS = 13
/** The CA's own certificates are made for so long. */
const LONGEST_LIFETIME_DAYS = 3650
const DAY_SECONDS = 86_400

/**
 * The flags as options of the library.
 * @param cwd what relative folders start from
 * @throws DomainctlError `USAGE`
 */
export function sandboxOptions(flags: SandboxFlags, cwd: string): SandboxOptions {
  const { zone, nameServers, lag, lifetime, nonceReject, processing, retryAfter, reuseAuthorizations, serve } = flags
  const ports = {
    ...portFlag('ca', '--ca-port', flags.caPort),
    ...portFlag('dns', '--dns-port', flags.dnsPort),
    ...portFlag('resolver', '--resolver-port', flags.resolverPort),
    ...portFlag('https', '--https-port', flags.httpsPort),
  }
  return {
    ...(zone !== undefined && { zones: zone }),
    ...(nameServers !== undefined && {
      nameServers: integerFlag('--name-servers', nameServers, { least: 1, most: MOST_NAME_SERVERS, such: 2 }),
    }),
    ...(lag !== undefined && { lagMs: durationFlag('--lag', lag) }),
    ca: {
      ...(lifetime !== undefined && { lifetimeSeconds: lifetimeSeconds(lifetime) }),
      ...(nonceReject !== undefined && {
        nonceReject: integerFlag('--nonce-reject', nonceReject, { least: 0, most: 100, such: 20 }) / 100,
      }),
      ...(processing !== undefined && {
        processingLooks: integerFlag('--processing', processing, { least: 0, most: 1000, such: 2 }),
      }),
      ...(retryAfter !== undefined && { retryAfter: retryAfterSeconds(retryAfter) }),
      ...(reuseAuthorizations !== undefined && { reuseAuthorizations }),
      ...(flags.rateLimits === true && { limits: LETS_ENCRYPT_LIMITS }),
      ...portFlag('httpPort', '--http-port', flags.httpPort),
    },
    ports,
    ...(serve !== undefined && { serve: folderFlag('--serve', serve, cwd) }),
  }
}

/** @throws DomainctlError `USAGE` for an empty text, which would be the working directory */
export function folderFlag(flag: string, text: string, cwd: string): string {
  if (text.trim() !== '') return resolve(cwd, text)
  throw new DomainctlError('USAGE', `${flag}: expected a folder, found nothing.`, { hint: `Such as ${flag} certs.` })
}

function portFlag<Key extends string>(key: Key, flag: string, text: string | undefined): { [K in Key]?: number } | undefined {
  if (text === undefined) return undefined
  return { [key]: integerFlag(flag, text, { least: 1, most: 65_535, such: 14_000 }) } as { [K in Key]?: number }
}

function retryAfterSeconds(text: string) {
  const seconds = integerFlag('--retry-after', text, { least: 0, most: 366 * DAY_SECONDS, such: 3 })
  return { authorization: seconds, order: seconds }
}

function lifetimeSeconds(text: string): number {
  const seconds = durationFlag('--lifetime', text) / 1000
  if (seconds >= 1 && seconds <= LONGEST_LIFETIME_DAYS * DAY_SECONDS) return seconds
  throw new DomainctlError('USAGE', `--lifetime: expected 1s to ${LONGEST_LIFETIME_DAYS}d, found ${JSON.stringify(text)}.`, {
    hint: 'Such as --lifetime 6d.',
  })
}
