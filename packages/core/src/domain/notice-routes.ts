import { type Notice, type NoticeEvent, type NoticeSeverity, SEVERITIES_OF_NOTICES } from './notice.ts'

/** Which notices go to which channels; what is absent is not looked at. */
export interface NoticeRoute {
  channels: readonly string[]
  events?: readonly NoticeEvent[]
  /** At least this. */
  severity?: NoticeSeverity
  tenants?: readonly string[]
  /** All of these labels. */
  labels?: Readonly<Record<string, string>>
}

/**
 * The channels that a notice goes to, each once, in the order of `channels`: those of all routes that it fits; without any route
 * every channel.
 */
export function channelsFor(notice: Notice, routes: readonly NoticeRoute[], channels: readonly string[]): string[] {
  if (routes.length === 0) return [...channels]
  const wanted = new Set(routes.filter((route) => fits(notice, route)).flatMap((route) => route.channels))
  return channels.filter((channel) => wanted.has(channel))
}

function fits(notice: Notice, { events, severity, tenants, labels = {} }: NoticeRoute): boolean {
  const rank = (of: NoticeSeverity) => SEVERITIES_OF_NOTICES.indexOf(of)
  return (
    (events?.includes(notice.event) ?? true) &&
    (severity === undefined || rank(notice.severity) >= rank(severity)) &&
    (tenants?.includes(notice.tenant) ?? true) &&
    Object.entries(labels).every(([label, value]) => Object.hasOwn(notice.labels, label) && notice.labels[label] === value)
  )
}
