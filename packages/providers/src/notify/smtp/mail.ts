import type { NoticeMessage } from '@domainctl/core'
import { facts, headline, MOST_TOLD, others, plain, shorter } from '../wording.ts'

/** A mail in plain text. Its Message-ID is that of the message: of two that arrive most programs show one. */
export function mailOf(message: NoticeMessage, { from, to }: { from: string; to: readonly string[] }) {
  const { notices, id } = message
  const [first] = notices
  const domain = /@([^@>]+)>?$/.exec(from)?.[1] ?? 'domainctl'
  // Mails of one incident stand together.
  const incident = notices.length === 1 ? first?.incident : undefined
  const thread = incident === undefined ? undefined : `<incident-${incident.replace(/[^A-Za-z0-9.-]/g, '_')}@${domain}>`
  return {
    from,
    to: [...to],
    subject: shorter(
      `[domainctl] ${first?.severity === 'critical' ? 'CRITICAL: ' : ''}${headline(message).replace(/\s+/g, ' ')}`,
      200,
    ),
    text: bodyOf(message),
    messageId: `<${id}@${domain}>`,
    ...(thread !== undefined && { references: thread, inReplyTo: thread }),
    headers: {
      // RFC 3834 §5: nobody is away on holiday for it.
      'Auto-Submitted': 'auto-generated',
      'X-Domainctl-Event': first?.event ?? '',
      'X-Domainctl-Severity': first?.severity ?? '',
    },
    // Nothing of a notice is read as a file or a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function bodyOf(message: NoticeMessage): string {
  const told = message.notices.slice(0, MOST_TOLD).map((notice) => {
    const about = facts(notice).map(([name, value]) => `${name}: ${value}`)
    return [plain(notice.title), '', plain(notice.text), '', ...about].join('\n')
  })
  const more = others(message)
  return `${[...told, ...(more === '' ? [] : [more])].join('\n\n----\n\n')}\n`
}
