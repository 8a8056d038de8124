import type { NotificationOptions } from './contracts/notices.ts'
import { NOTICE_EVENTS } from './domain/notice.ts'
import { PLACEHOLDERS, unknownPlaceholders } from './domain/notice-template.ts'
import { DomainctlError } from './errors.ts'
import type { Notifications } from './lifecycle/notifications.ts'

const GROUP = 10_000
const REPEAT = 3_600_000

/** What was said of notices, checked; undefined where there are no channels. @throws `CONFIG_INVALID` */
export function configuredNotifications(o: NotificationOptions | undefined): Notifications | undefined {
  const channelNames = Object.keys(o?.channels ?? {})
  if (!o || channelNames.length === 0) return undefined
  const { channels, routes = [], templates = {}, groupMs = GROUP, repeatMs = REPEAT } = o
  for (const route of routes) {
    const strange = route.channels.find((channel) => !channelNames.includes(channel))
    if (strange !== undefined) {
      throw invalid(
        `A route names the channel ${JSON.stringify(strange)}, which is not there`,
        `Channels: ${channelNames.join(', ')}.`,
      )
    }
  }
  for (const [event, { title = '', text = '' }] of Object.entries(templates)) {
    if (event !== 'default' && !NOTICE_EVENTS.some((known) => known === event))
      throw invalid(`There is a template for ${JSON.stringify(event)}, which is no event`, `Events: ${NOTICE_EVENTS.join(', ')}.`)
    const [strange] = unknownPlaceholders(`${title}${text}`)
    if (strange !== undefined) {
      const known = [...PLACEHOLDERS, 'labels.NAME'].map((name) => `{${name}}`).join(', ')
      throw invalid(`The template of ${event} has the placeholder {${strange}}, which means nothing`, `Placeholders: ${known}.`)
    }
  }
  return {
    channelNames,
    channel(name) {
      const channel = Object.hasOwn(channels, name) ? channels[name] : undefined
      if (channel) return channel
      throw new DomainctlError('CHANNEL_UNKNOWN', `No channel ${JSON.stringify(name)} is configured.`, {
        hint: `Configured are: ${channelNames.join(', ')}.`,
      })
    },
    routes,
    templates,
    groupMs,
    repeatMs,
  }
}

function invalid(what: string, hint: string): DomainctlError {
  return new DomainctlError('CONFIG_INVALID', `${what}.`, { hint })
}
