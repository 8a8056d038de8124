import { resolve } from 'node:path'
import { type AddOptions, DomainctlError } from '@domainctl/core'
import type { Context } from './context.ts'
import type { DomainFlags } from './domain-flags.ts'
import { type NameFlags, namesFor } from './names.ts'
import { quote } from './quote.ts'

/** The first octet of a request in DER: a SEQUENCE (RFC 2986 §4.2). */
const SEQUENCE = 0x30

/** `--csr` with the text of its file, PEM. */
export type CsrOption = Pick<AddOptions, 'csr'>

/**
 * Reads the certificate request that `--csr` names, in PEM or DER; `--no-csr` is said by `addOptions`.
 * @throws DomainctlError `USAGE` when the file cannot be read
 */
export async function csrOption({ io }: Pick<Context, 'io'>, { csr }: DomainFlags): Promise<CsrOption> {
  if (typeof csr !== 'string') return {}
  if (csr.trim() === '') {
    throw new DomainctlError('USAGE', '--csr: expected a file, found nothing.', { hint: 'Such as --csr shop.csr.' })
  }
  const { readSmallOctets } = await import('./config/small-file.ts')
  try {
    const octets = await readSmallOctets(resolve(io.cwd, csr), 'certificate request')
    return { csr: octets[0] === SEQUENCE ? toPem(octets) : octets.toString('utf8') }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new DomainctlError('USAGE', `The certificate request cannot be read from ${quote(csr)}: ${code ?? message}.`, {
      hint: 'Check the path given with --csr.',
      cause,
    })
  }
}

/**
 * The names that a command is to work on, where a certificate request may say which one that is.
 * @throws DomainctlError `USAGE` for several names and one request, and as {@link namesFor} says; `CSR_INVALID`
 */
export async function namesOrOfRequest(
  context: Context,
  typed: readonly string[],
  flags: NameFlags & DomainFlags,
  { csr }: CsrOption,
): Promise<string[]> {
  if (typeof csr !== 'string') return namesFor(context, typed, flags)
  if (flags.all || flags.fromFile !== undefined || typed.length > 1) {
    throw new DomainctlError('USAGE', '--csr was given for several domains.', {
      hint: 'A certificate request is for one certificate: give the name of its domain alone, or no name.',
    })
  }
  if (typed.length === 1) return namesFor(context, typed, flags)
  const { names } = await (await context.domainctl()).readRequest(csr)
  return names.slice(0, 1)
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE REQUEST-----', ...lines, '-----END CERTIFICATE REQUEST-----', ''].join('\n')
}
