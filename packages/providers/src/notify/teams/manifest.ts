import { z } from 'zod'
import { address } from '../../posts/address.ts'
import { defineNotifier } from '../manifest.ts'
import { post } from '../post.ts'
import { teamsMessage } from './card.ts'

const schema = z.strictObject({ url: address })

export const manifest = defineNotifier({
  name: 'teams',
  title: 'Microsoft Teams',
  help:
    'Posts an Adaptive Card to a channel or chat of Teams by a workflow: in the Workflows app choose "Post to a channel when a webhook ' +
    'request is received", and take the URL that it shows. The URL is the credential. The older connectors of Office 365 take no new ' +
    'URLs and are not supported.',
  schema,
  options: {
    url: {
      env: 'TEAMS_WEBHOOK_URL',
      secret: true,
      help: 'URL of the workflow.',
      example:
        'https://prod-00.westeurope.logic.azure.com/workflows/0123/triggers/manual/paths/invoke?api-version=2016-06-01&sig=…',
    },
  },
  create: ({ url }, { clock, reach }) => ({
    async send(message, { signal }) {
      await post({ url, body: JSON.stringify(teamsMessage(message)), signal, clock, reach })
      return { warnings: [] }
    },
  }),
})
