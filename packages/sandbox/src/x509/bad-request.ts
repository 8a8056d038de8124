import { AcmeProblem } from '../acme/problem.ts'

/** RFC 8555 §7.4: the refusal of a certificate request; `why` goes on from "The certificate request". */
export function badRequest(why: string): AcmeProblem {
  return new AcmeProblem('badCSR', 400, `The certificate request ${why}.`)
}

/** The refusal of what is not of the form of RFC 2986. */
export function unreadableRequest(): AcmeProblem {
  return badRequest('cannot be read as PKCS #10')
}

/** A value of the request as it can stand in a message: short, and without anything but printable ASCII. */
export function quoted(value: string): string {
  const shown = value.replace(/[^\x20-\x7e]/g, '?')
  return `"${shown.length > 80 ? `${shown.slice(0, 79)}…` : shown}"`
}
