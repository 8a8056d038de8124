// Made by scripts/generate-notifiers.ts from the manifests: `npm run gen` writes it anew.
import type { RegisteredNotifier } from './notify/manifest.ts'

/** All types of channels by name. Nothing of one is loaded before `load` is called. */
export const notifiers = {
  slack: {
    title: 'Slack',
    options: {
      url: { env: 'SLACK_WEBHOOK_URL', secret: true, required: true },
    },
    load: () => import('./notify/slack/index.ts'),
  },
  smtp: {
    title: 'E-mail (SMTP)',
    options: {
      host: { secret: false, required: true },
      port: { secret: false, required: false },
      tls: { secret: false, required: false },
      user: { secret: false, required: false },
      password: { secret: true, required: false },
      from: { secret: false, required: true },
      to: { secret: false, required: true },
      caFile: { secret: false, required: false },
    },
    load: () => import('./notify/smtp/index.ts'),
  },
  teams: {
    title: 'Microsoft Teams',
    options: {
      url: { env: 'TEAMS_WEBHOOK_URL', secret: true, required: true },
    },
    load: () => import('./notify/teams/index.ts'),
  },
  webhook: {
    title: 'Signed webhook',
    options: {
      url: { secret: true, required: true },
      secret: { secret: true, required: true },
    },
    load: () => import('./notify/webhook/index.ts'),
  },
} as const satisfies Readonly<Record<string, RegisteredNotifier>>

/** Type of a channel that domainctl comes with. */
export type NotifierName = keyof typeof notifiers
