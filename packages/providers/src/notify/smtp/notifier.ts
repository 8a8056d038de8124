import { lookup } from 'node:dns/promises'
import { DomainctlError, type NoticeReceipt, type Notifier } from '@domainctl/core'
import { withoutSecrets } from '../../without-secrets.ts'
import type { NotifierRuntime } from '../manifest.ts'
import { isWithinReach, type Reach } from '../reach.ts'
import { smtpFault } from './fault.ts'
import { mailOf } from './mail.ts'

/** Options of a channel by mail. */
export interface SmtpOptions {
  host: string
  port: number
  tls: 'starttls' | 'tls' | 'none'
  user?: string | undefined
  password?: string | undefined
  from: string
  to: readonly string[]
}

/** For the connection, the greeting, and each silence after them, in ms. */
const TIMEOUT_MS = 10_000

/** A connection for each message: notices are few, and one that is kept is often dead when it is needed. */
export function smtpNotifier(o: SmtpOptions, { reach }: Pick<NotifierRuntime, 'reach'>): Notifier {
  const server = `${o.host}:${o.port}`
  const password = o.password ?? ''
  const cut = withoutSecrets([password, Buffer.from(`\0${o.user ?? ''}\0${password}`).toString('base64')])
  return {
    async send(message, { signal }): Promise<NoticeReceipt> {
      signal.throwIfAborted()
      await refuseOutside(o.host, reach)
      const { createTransport } = await import('nodemailer')
      const transport = createTransport({
        host: o.host,
        port: o.port,
        secure: o.tls === 'tls',
        requireTLS: o.tls === 'starttls',
        ignoreTLS: o.tls === 'none',
        ...(o.user !== undefined && { auth: { user: o.user, pass: password } }),
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        dnsTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const aborted = Promise.withResolvers<never>()
      const abort = () => aborted.reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      try {
        const { rejected } = await Promise.race([transport.sendMail(mailOf(message, o)), aborted.promise])
        return { warnings: (rejected ?? []).map((one) => `${String(one)} was refused by ${server}`) }
      } catch (thrown) {
        if (signal.aborted && !(signal.reason instanceof Error && signal.reason.name === 'TimeoutError')) throw signal.reason
        throw smtpFault(thrown, server, cut)
      } finally {
        signal.removeEventListener('abort', abort)
        transport.close()
      }
    },
  }
}

/**
 * A mail server is named by the operator and mostly stands within, so any will do; but in a sandbox nobody outside is to hear of
 * anything.
 */
async function refuseOutside(host: string, reach: Reach): Promise<void> {
  if (reach !== 'private') return
  const found = await lookup(host, { all: true }).catch(() => [])
  if (found.every(({ address }) => isWithinReach(address, reach))) return
  throw new DomainctlError('CHANNEL_REFUSED', `Mail is not given to ${host}: it has a public address.`, {
    hint: 'In a sandbox nobody outside of this machine and its networks is told anything.',
  })
}
