import { lookup } from 'node:dns/promises'
import { DomainctlError, type NoticeReceipt, type Notifier } from '@domainctl/core'
import { isWithinReach, type Reach } from '../../posts/reach.ts'
import { readRoots } from '../../posts/roots.ts'
import { withoutSecrets } from '../../without-secrets.ts'
import type { NotifierRuntime } from '../manifest.ts'
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
  caFile?: string | undefined
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
      const ca = await rootsOf(o.caFile)
      const { createTransport } = await import('nodemailer')
      const transport = createTransport({
        host: o.host,
        port: o.port,
        secure: o.tls === 'tls',
        requireTLS: o.tls === 'starttls',
        ignoreTLS: o.tls === 'none',
        ...(ca !== undefined && { tls: { ca } }),
        ...(o.user !== undefined && { auth: { user: o.user, pass: password } }),
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        dnsTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      try {
        // The connection ends with the signal.
        const { rejected } = await transport.sendMail({ ...mailOf(message, o), signal })
        return { warnings: (rejected ?? []).map((one) => `${String(one)} was refused by ${server}`) }
      } catch (thrown) {
        if (signal.aborted && !(signal.reason instanceof Error && signal.reason.name === 'TimeoutError')) throw signal.reason
        throw smtpFault(thrown, server, cut)
      } finally {
        transport.close()
      }
    },
  }
}

async function rootsOf(file: string | undefined): Promise<string | undefined> {
  try {
    return await readRoots(file)
  } catch (error) {
    throw new DomainctlError('CHANNEL_REFUSED', `${error instanceof Error ? error.message : String(error)}.`, {
      hint: 'caFile of the channel names the PEM file with the roots of the mail server.',
      cause: error,
    })
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
