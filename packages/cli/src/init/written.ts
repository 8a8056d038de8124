import { KNOWN_CAS } from '@domainctl/core'
import { providers, type RegisteredProvider } from '@domainctl/providers'
import { SETTINGS } from '../config/settings.ts'
import type { Answers } from './answers.ts'

const TYPES: Readonly<Record<string, RegisteredProvider>> = providers

/**
 * The configuration file with these answers, each explained; no secret is among them.
 * @param o `schema`: where an editor finds the JSON Schema; `fromEnvironment`: variables that say what the file need not
 */
export function writtenConfig(
  { email, ca = [], terms, provider, state, others = [] }: Answers,
  o: { schema: string; fromEnvironment: readonly string[] },
): string {
  const sections = [
    [
      `# yaml-language-server: $schema=${o.schema}`,
      '# What domainctl works with here: a flag or a DOMAINCTL_… variable goes before what this file says.',
      '# Secrets do not stand here: they come from the environment, or a setting refers to one by env:NAME or file:PATH.',
      '# domainctl config check looks whether all is right; docs/guide/configuration.md has every setting.',
    ],
    ...(o.fromEnvironment.length > 0 ? [[`# Set in the environment already: ${o.fromEnvironment.join(', ')}.`]] : []),
    email === undefined
      ? ['# The CA writes there when something is wrong with a certificate or the account.', '# email: you@example.com']
      : ['# The CA writes there when something is wrong with a certificate or the account.', `email: ${text(email)}`],
    ...(ca.length === 0
      ? []
      : [
          [
            '# Who issues the certificates: a name, the URL of an ACME directory, or a list of these.',
            `ca: ${ca.length === 1 ? text(ca[0] ?? '') : `[${ca.map(text).join(', ')}]`}`,
          ],
        ]),
    ...ca.flatMap(externalAccount),
    terms === undefined
      ? []
      : [`# The terms of service of the CA${terms === null ? '' : ` (${terms})`} are accepted.`, 'acceptTos: true'],
    providerLines(provider),
    ...(state === undefined
      ? []
      : [['# Where domains, keys and certificates are kept. Back it up: domainctl state backup.', `state: ${text(state)}`]]),
    others.map(([key, value]) => `${key}: ${typeof value === 'string' ? text(value) : JSON.stringify(value)}`),
    [
      '# Where certificates serve, and who is told when something is wrong: docs/guide/deploy.md, docs/guide/notifications.md.',
      '# targets:',
      '#   web: { type: nginx, folder: "/etc/nginx/tls/{name}" }',
      '# notifications:',
      '#   channels: { ops: { type: slack, url: env:SLACK_WEBHOOK_URL } }',
    ],
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

function externalAccount(ca: string): string[][] {
  const known = Object.hasOwn(KNOWN_CAS, ca) ? KNOWN_CAS[ca] : undefined
  if (known?.externalAccountFrom === undefined) return []
  return [[`# ${ca} asks for an external account, from ${known.externalAccountFrom}`, `# Set ${externalAccountVariables(ca)}.`]]
}

/** What has to be set for a CA that binds accounts to one of its website (RFC 8555 §7.3.4). */
export function externalAccountVariables(ca: string): string {
  const both = `${SETTINGS.eabKid.env} and ${SETTINGS.eabHmacKey.env}`
  return ca === 'zerossl' ? `${SETTINGS.zerosslApiKey.env}, or ${both}` : both
}

function providerLines(provider: string | undefined): string[] {
  const about = '# Who writes DNS records, where a domain or zones: below does not say otherwise.'
  if (provider === undefined)
    return [
      about,
      '# Absent: the provider that has the zone, of those that the environment sets up, else by hand.',
      '# provider: manual',
    ]
  if (provider === 'manual')
    return [about, '# By hand: domainctl says which records to make, and waits for them.', 'provider: manual']
  const needed = neededVariables(provider)
  return [
    about,
    ...(needed.length > 0 ? [`# Its credentials come from the environment: ${needed.join(', ')}.`] : []),
    `provider: ${text(provider)}`,
  ]
}

/** The variables that a provider cannot do without; of one that reads others by itself those that tell that it is there. */
export function neededVariables(type: string): string[] {
  const registered = TYPES[type]
  if (!registered) return []
  const required = Object.values(registered.options).flatMap(({ env, required }) => (required ? [env] : []))
  return required.length > 0 ? required : [...(registered.setUpBy ?? [])].slice(0, 3)
}

/** A text as YAML reads it again, whatever is in it: JSON strings are such. */
function text(value: string): string {
  return /^(\d+[smhd]|[A-Za-z][\w./@+-]*(:[\w./@-]+)*)$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value)
}
