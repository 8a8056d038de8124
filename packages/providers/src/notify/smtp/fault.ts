import { DomainctlError, printable } from '@domainctl/core'
import { isUntrustedCode } from '../../posts/exchange.ts'

/** What went wrong with a mail, in our words. @param shown cuts secrets out */
export function smtpFault(thrown: unknown, server: string, cut: (text: string) => string): DomainctlError {
  const {
    code = '',
    originalCode = '',
    responseCode,
    response,
    command = '',
  } = (thrown instanceof Error ? thrown : {}) as SmtpError
  const said = typeof response === 'string' ? response : thrown instanceof Error ? thrown.message : String(thrown)
  const message = `${server} did not take the mail (${code || 'no code'}): ${printable(cut(said))}`
  if (isUntrustedCode(originalCode)) {
    return new DomainctlError('CHANNEL_REFUSED', `The certificate of ${server} is not trusted: ${originalCode}.`, {
      hint: 'Correct the host, or name the PEM file with the root of that server in caFile of the channel.',
    })
  }
  const isFinal = responseCode !== undefined && responseCode >= 500
  const isPassing = responseCode !== undefined && responseCode >= 400 && responseCode < 500
  // A message that is too large, or looks like spam, will be no better the next time (RFC 5321 §4.2.5).
  if (isFinal && code === 'EMESSAGE') {
    return new DomainctlError('NOTICE_REFUSED', message, { hint: 'See what the mail server says of the message.' })
  }
  // Greylisting is one of those that pass (RFC 6647), whatever was refused.
  if (isFinal || (!isPassing && (code === 'EAUTH' || code === 'EENVELOPE' || code === 'ETLS' || command === 'STARTTLS'))) {
    return new DomainctlError('CHANNEL_REFUSED', message, {
      hint: 'Check user, password, sender and recipients of the channel, and whether the server offers TLS at this port.',
    })
  }
  return new DomainctlError('CHANNEL_UNREACHABLE', message, {
    hint: 'It is tried again by itself; check host and port if it lasts.',
  })
}

interface SmtpError {
  code?: string
  /** Of Node, where nodemailer has put its own in place of it. */
  originalCode?: string
  responseCode?: number
  response?: string
  command?: string
}
