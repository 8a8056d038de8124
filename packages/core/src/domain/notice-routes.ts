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

/** Of a notice, what routes look at. */
type Routed = Pick<Notice, 'event' | 'severity' | 'tenant' | 'labels' | 'channels'>

/**
 * The channels that a notice goes to, each once, in the order of `channels`: those of all routes that it fits, and its own; without
 * any route every channel.
 */
export function channelsFor(notice: Routed, routes: readonly NoticeRoute[], channels: readonly string[]): string[] {
  if (routes.length === 0) return [...channels]
  const fitting = routes.filter((route) => fits(notice, route)).flatMap((route) => route.channels)
  const wanted = new Set([...fitting, ...(notice.channels ?? [])])
  return channels.filter((channel) => wanted.has(channel))
}

function fits(notice: Routed, { events, severity, tenants, labels = {} }: NoticeRoute): boolean {
  const rank = (of: NoticeSeverity) => SEVERITIES_OF_NOTICES.indexOf(of)
  return (
    (events?.includes(notice.event) ?? true) &&
    (severity === undefined || rank(notice.severity) >= rank(severity)) &&
    (tenants?.includes(notice.tenant) ?? true) &&
    Object.entries(labels).every(([label, value]) => Object.hasOwn(notice.labels, label) && notice.labels[label] === value)
  )
}
