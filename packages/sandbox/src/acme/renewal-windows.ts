import { createHash, X509Certificate } from 'node:crypto'
import { expectThat, isObject } from './expectation.ts'
import type { Ledger } from './ledger.ts'
import type { RenewalWindow } from './resources.ts'

const URL_SUCH = "{ start, end, explanationURL: 'https://ca.example.test/incident' }"

/**
 * Moves the window in which a certificate is to be renewed.
 * @param certificate PEM (the first of a chain), or what RFC 9773 §4.1 names it by
 * @param window undefined: back to what its lifetime says
 * @throws DomainctlError `USAGE` for a certificate that this CA does not know, and for a window that is none
 */
export function setRenewalWindow(ledger: Ledger, certificate: string | X509Certificate, window: RenewalWindow | undefined): void {
  const known =
    ledger.certificatesByRenewalId.get(String(certificate)) ?? ledger.certificatesByFingerprint.get(digest(certificate))
  expectThat(known !== undefined, 'certificate', String(certificate).slice(0, 64), {
    expected: 'a certificate of this CA that it has not forgotten',
    such: 'the PEM that was downloaded',
  })
  if (window !== undefined) checkWindow(window)
  if (!known) return
  if (window) known.window = { ...window }
  else delete known.window
}

function checkWindow(window: RenewalWindow): void {
  const isDate = (value: unknown): value is Date => value instanceof Date && !Number.isNaN(value.getTime())
  const isWindow = isObject(window) && isDate(window.start) && isDate(window.end) && window.start < window.end
  expectThat(isWindow, 'window', window, { expected: 'a start before its end, both dates', such: URL_SUCH })
  const { explanationURL } = window
  expectThat(
    explanationURL === undefined || (URL.canParse(explanationURL) && /^https?:$/.test(new URL(explanationURL).protocol)),
    'explanationURL',
    explanationURL,
    { expected: 'a URL of a page', such: URL_SUCH },
  )
}

function digest(certificate: string | X509Certificate): string {
  try {
    const { raw } = typeof certificate === 'string' ? new X509Certificate(certificate) : certificate
    return createHash('sha256').update(raw).digest('base64url')
  } catch {
    return ''
  }
}
