import { malformed } from './payload.ts'
import { AcmeProblem } from './problem.ts'

const MOST_CONTACTS = 10

/** One address without header fields (RFC 8555 §7.3), its domain one that mail could go to. */
const ADDRESS =
  /^[A-Za-z0-9.!#$&'*+/=^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]$/

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
    if (address.length > 254 || !ADDRESS.test(address))
      throw new AcmeProblem('invalidContact', 400, 'A contact has to be one e-mail address without header fields.')
    return contact
  })
}
