import type { ChannelTest } from '../contracts/notices.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Notice } from '../domain/notice.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { sendNotice } from './send-notice.ts'
import { makeId, type Services, signalOf } from './services.ts'

const WIDTH = 8

/** Sends a sample to channels, and says what became of each; writes nothing. */
export async function testChannels(
  services: Services,
  { channels, ...o }: VerbOptions & { channels?: readonly string[] } = {},
): Promise<ChannelTest[]> {
  const { notifications, runtime } = services
  const known = notifications?.channelNames ?? []
  const unknown = channels?.find((channel) => !known.includes(channel))
  if (unknown !== undefined) throw unknownChannel(unknown, known)
  const callers = signalOf(o)
  return inParallel(channels ?? known, WIDTH, async (channel): Promise<ChannelTest> => {
    const start = runtime.clock.now()
    const took = () => runtime.clock.now().getTime() - start.getTime()
    try {
      const message = { id: makeId(services), notices: [sample(services, channel)] }
      if (!notifications) throw unknownChannel(channel, known)
      const { warnings } = await sendNotice(notifications.channel(channel), message, callers)
      return { channel, ok: true, tookMs: took(), warnings }
    } catch (thrown) {
      const error = toDomainctlError(thrown, callers)
      if (error.kind === 'interrupted' && callers.aborted) throw error
      return { channel, ok: false, tookMs: took(), warnings: [], error }
    }
  })
}

function unknownChannel(channel: string, known: readonly string[]): DomainctlError {
  return new DomainctlError('CHANNEL_UNKNOWN', `No channel ${JSON.stringify(channel)} is configured.`, {
    hint:
      known.length > 0
        ? `Configured are: ${known.join(', ')}.`
        : 'Configure one under notifications.channels; docs/guide/notifications.md shows how.',
  })
}

function sample(services: Services, channel: string): Notice {
  return {
    id: makeId(services),
    at: services.runtime.clock.now(),
    tenant: services.settings.tenant,
    event: 'domain.verified',
    severity: 'info',
    names: ['www.example.com'],
    title: `Test of the channel ${channel}`,
    text: 'This is a sample that was asked for by domainctl notify test. Nothing has happened, and nothing is to be done.',
    labels: {},
    details: { test: true },
  }
}
