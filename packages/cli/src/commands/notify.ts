import { type ChannelTest, DomainctlError, type NoticesDelivered } from '@domainctl/core'
import type { Context } from '../context.ts'
import { describeError, EXIT_CODES, exitCodeOfAll, reportError } from '../exit.ts'
import { mark } from '../output/marks.ts'
import { startProgress } from '../output/progress.ts'
import { padTo, printable } from '../output/text.ts'

/** `notify test`: whether each channel takes a sample. */
export async function notifyTest(context: Context, names: string[]): Promise<number> {
  const { io, output } = context
  refuseNone(context)
  const domainctl = await context.domainctl()
  const progress = await startProgress(io, output, 1)
  progress.update({ name: 'notify', message: 'sending a sample to each channel' })
  const channels = names.length > 0 ? [...new Set(names)] : undefined
  const tests = await domainctl.testChannels({ signal: io.signal, ...(channels && { channels }) }).finally(progress.stop)
  if (output.json) {
    output.document({ channels: tests.map(({ error, ...test }) => ({ ...test, ...(error && { error: reportError(error) }) })) })
  } else {
    const width = Math.max(...tests.map(({ channel }) => channel.length))
    output.print(...tests.flatMap((test) => linesOf(test, context, width)))
    for (const { channel, error } of tests) {
      if (error) output.complain(...describeError(error, { now: io.now(), output, name: channel }))
    }
  }
  return exitCodeOfAll(tests.map(({ error }) => error))
}

function linesOf({ channel, ok, tookMs, warnings }: ChannelTest, { config, output }: Context, width: number): string[] {
  const sign = mark(output.paint, ok ? 'ok' : 'fail')
  const type = config.notifications?.channels.get(channel)?.type ?? ''
  const told = ok ? 'took it' : 'did not take it'
  return [
    `${sign} ${padTo(channel, width)}  ${type}  ${told} (${(tookMs / 1000).toFixed(1)} s)`,
    ...warnings.map((text) => `  ${output.paint('waiting', 'note')}: ${printable(text)}`),
  ]
}

/** So many batches at most: what fails is planned for later, so that this ends by itself. */
const BATCHES = 1000

/** `notify deliver`: sends all that waits, once. */
export async function notifyDeliver(context: Context): Promise<number> {
  const { io, output } = context
  refuseNone(context)
  const domainctl = await context.domainctl()
  const all: NoticesDelivered = { sent: 0, failed: 0, gaveUp: 0 }
  for (let batch = 0; batch < BATCHES; batch++) {
    const { sent, failed, gaveUp } = await domainctl.deliverNotices({ signal: io.signal, atOnce: true })
    if (sent + failed + gaveUp === 0) break
    all.sent += sent
    all.failed += failed
    all.gaveUp += gaveUp
  }
  if (output.json) output.document(all)
  else {
    const more = [
      ...(all.failed > 0 ? [`${all.failed} failed and are tried again`] : []),
      ...(all.gaveUp > 0 ? [`${all.gaveUp} given up`] : []),
    ]
    output.print([`${all.sent} sent`, ...more].join(', '))
    if (more.length > 0) output.note('domainctl notify test says what is wrong with a channel.')
  }
  return all.failed + all.gaveUp > 0 ? EXIT_CODES.provider : 0
}

function refuseNone({ config }: Context): void {
  if (config.notifications && config.notifications.channels.size > 0) return
  throw new DomainctlError('CHANNEL_UNKNOWN', 'No channel for notices is configured.', {
    hint: 'Configure one under notifications.channels, or set SLACK_WEBHOOK_URL or TEAMS_WEBHOOK_URL; docs/guide/notifications.md shows how.',
  })
}
