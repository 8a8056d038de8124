import type { AddOptions } from '../contracts/verb-options.ts'
import type { Domain } from '../domain/model.ts'
import { type ParsedName, parseName, parseNames } from '../domain/parse-name.ts'
import { DomainctlError } from '../errors.ts'
import type { Services } from './services.ts'

/** A certificate request as the options give it, and the names of its certificate, the primary one first. */
export interface GivenRequest {
  csr: NonNullable<Domain['csr']>
  names: ParsedName[]
}

/**
 * The certificate request that the options give for this name; undefined when they give none.
 * @param there the domain in the state under this name: its names stay
 * @throws `CSR_INVALID`; `USAGE` together with what the request decides
 */
export async function givenRequest(
  services: Pick<Services, 'crypto'>,
  input: string,
  o: AddOptions,
  there?: Domain,
): Promise<GivenRequest | undefined> {
  if (o.csr === undefined || o.csr === false) return undefined
  refuseMixed(o)
  const { names: listed, ...csr } = (await services.crypto()).readRequest(o.csr)
  const primary = parseName(input).name
  if (!listed.includes(primary)) throw forOthers(`it is for ${listed.join(', ')}, and not for ${primary}`)
  const names = parseNames([primary, ...listed.filter((name) => name !== primary)])
  const before = there?.names.map(({ name }) => name)
  if (before && !isSameSet(before, listed)) {
    throw forOthers(`it is for ${listed.join(', ')}, and the certificate of ${primary} is for ${before.join(', ')}`)
  }
  return { csr, names }
}

/** @throws `USAGE` for settings of a key of ours where the key is somebody else's */
export function refuseKeySettings(domain: Domain, o: AddOptions): void {
  const given = o.keyType !== undefined ? 'a type of key' : o.reuseKey ? 'the keeping of the key' : undefined
  if (!domain.csr || given === undefined) return
  throw new DomainctlError('USAGE', `${domain.name} has a certificate request of its own, and ${given} was asked for.`, {
    hint: 'Give --no-csr as well, for a key that is made here.',
  })
}

function refuseMixed({ san, wildcard, keyType, reuseKey }: AddOptions): void {
  const mixed = Object.entries({ '--san': san, '--wildcard': wildcard, '--key-type': keyType, '--reuse-key': reuseKey }).find(
    ([, value]) => value !== undefined && value !== false,
  )
  if (!mixed) return
  throw new DomainctlError('USAGE', `A certificate request was given together with ${mixed[0]}.`, {
    hint: 'The request says which names the certificate has, and its key is made already: leave the other out.',
  })
}

function forOthers(why: string): DomainctlError {
  return new DomainctlError('CSR_INVALID', `The certificate request is for other names: ${why}.`, {
    hint: 'Make a request for exactly the names of the certificate.',
  })
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}
