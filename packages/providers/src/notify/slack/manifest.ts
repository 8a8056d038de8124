import { z } from 'zod'
import { address } from '../../posts/address.ts'
import { defineNotifier } from '../manifest.ts'
import { post } from '../post.ts'
import { slackMessage } from './message.ts'

const schema = z.strictObject({ url: address })

export const manifest = defineNotifier({
  name: 'slack',
  title: 'Slack',
  help:
    'Posts to a channel of Slack by an incoming webhook: make an app at api.slack.com/apps, switch incoming webhooks on, and add one ' +
    'to the channel. The URL is the credential. Slack takes one message a second and channel; what it has no room for is sent when it ' +
    'says so.',
  schema,
  options: {
    url: {
      env: 'SLACK_WEBHOOK_URL',
      secret: true,
      help: 'URL of the incoming webhook.',
      example: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    },
  },
  create: ({ url }, { clock, reach }) => ({
    async send(message, { signal }) {
      await post({ url, body: JSON.stringify(slackMessage(message)), signal, clock, reach })
      return { warnings: [] }
    },
  }),
})
