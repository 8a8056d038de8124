import { malformed } from './payload.ts'
import { AcmeProblem } from './problem.ts'

const MOST_CONTACTS = 10

/** A dot-atom (RFC 5322 §3.2.3), but for what a URL would have to encode: dots stand between something. */
const LOCAL_PART = /^[A-Za-z0-9!#$&'*+/=^_`{|}~-]+(?:\.[A-Za-z0-9!#$&'*+/=^_`{|}~-]+)*$/

const LONGEST_LOCAL_PART = 64

/** One that mail could go to. */
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/

const LONGEST_ADDRESS = 254

/**
 * Reads the contact of an account.
 * @throws AcmeProblem `unsupportedContact` for other URLs than `mailto:`, `invalidContact` for addresses that are none
 */
export function readContact(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw malformed('The contact has to be a list.')
  if (value.length > MOST_CONTACTS) throw new AcmeProblem('invalidContact', 400, `At most ${MOST_CONTACTS} contacts are allowed.`)
  return value.map((contact: unknown) => {
    if (typeof contact !== 'string') throw malformed('Each contact has to be a string.')
    const scheme = contact.slice(0, 7).toLowerCase()
    if (scheme !== 'mailto:')
      throw new AcmeProblem('unsupportedContact', 400, 'Only contacts that begin with mailto: are supported.')
    const address = contact.slice(7)
    if (!isAddress(address))
      throw new AcmeProblem('invalidContact', 400, 'A contact has to be one e-mail address without header fields.')
    return contact
  })
}

/** One address without header fields (RFC 8555 §7.3). */
function isAddress(address: string): boolean {
  const at = address.indexOf('@')
  return (
    at > 0 &&
    at <= LONGEST_LOCAL_PART &&
    address.length <= LONGEST_ADDRESS &&
    LOCAL_PART.test(address.slice(0, at)) &&
    DOMAIN.test(address.slice(at + 1))
  )
}
