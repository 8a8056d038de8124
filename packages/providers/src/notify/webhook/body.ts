import type { Notice, NoticeMessage } from '@domainctl/core'

/** What a webhook gets, as docs/guide/notifications.md describes it: the same each time that the message is sent. */
export function webhookBody({ id, notices }: NoticeMessage): string {
  return JSON.stringify({ id, event: notices[0]?.event, notices: notices.map(reported) })
}

function reported({ id, at, tenant, event, severity, incident, domainId, names, title, text, actor, labels, details }: Notice) {
  return { id, at: at.toISOString(), tenant, event, severity, incident, domainId, names, title, text, actor, labels, details }
}
