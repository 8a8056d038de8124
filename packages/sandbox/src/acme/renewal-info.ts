import { type Answer, json } from './answer.ts'
import type { IssuedCertificate } from './authority.ts'
import { decodeBase64url } from './base64url.ts'
import { type CaContext, retryAfter } from './ca-context.ts'
import { malformed } from './payload.ts'
import { wholeSeconds } from './period.ts'
import type { Certificate, RenewalWindow } from './resources.ts'

const DAY_MS = 86_400_000

/** What lives shorter is renewed at half of its life (https://letsencrypt.org/docs/integration-guide/). */
const SHORT_LIFE_MS = 10 * DAY_MS

/** RFC 9773 §4.1: the key identifier of the issuer and the serial number, both as bytes in base64url. */
export function renewalIdOf({ issuerKeyId, serial }: Pick<IssuedCertificate, 'issuerKeyId' | 'serial'>): string {
  const [issuer, number] = [issuerKeyId, serial].map((hex) => Buffer.from(hex, 'hex').toString('base64url'))
  return `${issuer}.${number}`
}

/** When a certificate is to be renewed (RFC 9773 §4.2). Anybody may ask. */
export function renewalInfo(context: CaContext, id: string): Answer {
  const { settings, runtime } = context
  if (!settings.renewalInfo) throw malformed('This CA has no renewal information.', 404)
  const { start, end, explanationURL } = windowOf(certificateOf(context, id), runtime.clock.now())
  const body = { suggestedWindow: { start: timestamp(start), end: timestamp(end) }, ...(explanationURL && { explanationURL }) }
  return json(200, body, { headers: retryAfter(context, 'renewalInfo') })
}

/**
 * The certificate that goes by this in renewal information.
 * @throws AcmeProblem `malformed`, with 404 when it is none of this CA's
 */
export function certificateOf({ ledger }: CaContext, id: string): Certificate {
  const parts = id.split('.')
  if (parts.length !== 2 || !parts.every((part) => decodeBase64url(part)?.length))
    throw malformed('A certificate is named by its key identifier and serial number in base64url, with a dot between them.')
  const certificate = ledger.certificatesByRenewalId.get(id)
  if (!certificate) throw malformed('This CA has not issued this certificate, or has forgotten it.', 404)
  return certificate
}

/**
 * What has been set, or else a fiftieth of its life, when a third of that is left. RFC 9773 §4.2: a window that is over says to
 * renew at once, as is right for what has been revoked.
 */
function windowOf({ issued, revoked, window }: Certificate, now: Date): RenewalWindow {
  if (revoked) return { start: new Date(now.getTime() - 2 * 3_600_000), end: new Date(now.getTime() - 3_600_000) }
  if (window) return window
  const [begin, end] = [issued.notBefore.getTime(), issued.notAfter.getTime()]
  const life = end - begin
  const middle = end - life / (life < SHORT_LIFE_MS ? 2 : 3)
  return { start: new Date(middle - life / 100), end: new Date(middle + life / 100) }
}

/** Whether now is within the window, where an order that replaces the certificate is exempt from limits, as at Let's Encrypt. */
export function isAdvisedNow(certificate: Certificate, now: Date): boolean {
  const { start, end } = windowOf(certificate, now)
  return start <= now && now < end
}

/** RFC 3339, to the second. */
function timestamp(time: Date): string {
  return wholeSeconds(time.getTime()).toISOString().replace('.000Z', 'Z')
}
