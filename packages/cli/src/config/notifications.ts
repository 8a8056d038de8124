import {
  type Clock,
  DomainctlError,
  NOTICE_EVENTS,
  type NotificationOptions,
  type Notifier,
  unknownPlaceholders,
} from '@domainctl/core'
import { type NotifierManifest, notifiers, type Reach, type RegisteredNotifier } from '@domainctl/providers'
import type { Io } from '../io.ts'
import { nearest } from '../nearest.ts'
import { shortened } from '../output/text.ts'
import { parseDuration } from '../time.ts'
import type { ConfigFile } from './file.ts'
import type { WrittenNotifications } from './notification-schema.ts'
import { describeValue, wrongValue } from './problem.ts'
import { checkValues, hideSecret, type ProviderValue, resolveValues, valuesOf } from './provider-values.ts'
import { secretFromEnvironment } from './secret.ts'
import { onceDone, orAborted } from './waiting.ts'

const TYPES: Readonly<Record<string, RegisteredNotifier>> = notifiers

/** A channel as the configuration has it. */
export interface ConfiguredChannel {
  name: string
  type: string
  /** Its values for `config show`: of secrets not even the reference. */
  describe(): Promise<ProviderValue[]>
  /** Looks its secrets up; connects to nothing. @throws `CONFIG_INVALID` */
  open(o: { clock: Clock; reach: Reach }): Promise<Notifier>
}

/** What the configuration says of notices. */
export interface ConfiguredNotifications extends Omit<NotificationOptions, 'channels'> {
  channels: ReadonlyMap<string, ConfiguredChannel>
}

/** Variables of which each sets up a channel of this type. */
export function setUpBy(type: string): string[] {
  return Object.values(TYPES[type]?.options ?? {}).flatMap(({ env }) => (env === undefined ? [] : [env]))
}

/**
 * Channels of the configuration file and, under the name of their type, those that the environment sets up (`SLACK_WEBHOOK_URL`,
 * `TEAMS_WEBHOOK_URL`). In a sandbox the latter are real, and left alone.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export async function readNotifications(
  written: WrittenNotifications | undefined,
  file: ConfigFile | null,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<ConfiguredNotifications> {
  const channels = new Map<string, ConfiguredChannel>()
  if (written && file) {
    for (const [name, { type, ...values }] of Object.entries(written.channels)) {
      channels.set(name, await fromFile(name, type, values, file, io))
    }
  }
  if (io.env.DOMAINCTL_SANDBOX !== '1') {
    for (const type of Object.keys(TYPES))
      if (!channels.has(type) && isSetUp(type, io)) channels.set(type, fromEnvironment(type, io))
  }
  const { routes, templates, group, repeat } = written ?? {}
  for (const [index, route] of (routes ?? []).entries()) {
    const strange = route.channels.find((channel) => !channels.has(channel))
    if (strange === undefined) continue
    const where = `${file?.shown ?? ''}: notifications.routes.${index}.channels`
    throw wrongValue(where, `names of channels (${[...channels.keys()].join(', ')})`, describeValue(strange, false))
  }
  checkTemplates(templates, file?.shown ?? '')
  return {
    channels,
    ...(routes && { routes }),
    ...(templates && { templates }),
    ...(group !== undefined && { groupMs: parseDuration(group) ?? 0 }),
    ...(repeat !== undefined && { repeatMs: parseDuration(repeat) ?? 0 }),
  }
}

function checkTemplates(templates: WrittenNotifications['templates'] = {}, file: string): void {
  for (const event of ['default', ...NOTICE_EVENTS] as const) {
    const { title = '', text = '' } = templates[event] ?? {}
    const [strange] = unknownPlaceholders(`${title}${text}`)
    if (strange === undefined) continue
    const where = `${file}: notifications.templates.${event}`
    throw wrongValue(where, 'placeholders such as {title}, {names} or {labels.team}', `{${shortened(strange)}}`)
  }
}

function isSetUp(type: string, { env }: Pick<Io, 'env'>): boolean {
  return setUpBy(type).some((variable) => env[variable] || env[`${variable}_FILE`])
}

function fromEnvironment(type: string, io: Pick<Io, 'env' | 'cwd'>): ConfiguredChannel {
  const read = async () => {
    const values: Record<string, ProviderValue & { value: string }> = {}
    for (const [option, { env, secret }] of Object.entries(TYPES[type]?.options ?? {})) {
      const given = env === undefined ? null : await secretFromEnvironment(env, io)
      if (given) values[option] = { option, secret, ...given }
    }
    return values
  }
  return {
    name: type,
    type,
    describe: async () => Object.values(await read()).map(hideSecret),
    async open(o) {
      const { manifest } = await load(type)
      return manifest.create(Object.fromEntries(Object.values(await read()).map(({ option, value }) => [option, value])), o)
    },
  }
}

async function fromFile(
  name: string,
  type: string,
  written: Record<string, unknown>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): Promise<ConfiguredChannel> {
  const path = `notifications.channels.${name}`
  if (!Object.hasOwn(TYPES, type)) {
    const meant = nearest(type, Object.keys(TYPES))
    const types = Object.keys(TYPES).join(', ')
    throw new DomainctlError(
      'CONFIG_INVALID',
      `${file.shown}: ${path}.type: there is no channel of type ${describeValue(type, false)}.`,
      {
        hint: meant === undefined ? `There are ${types}.` : `Did you mean ${meant}? There are ${types}.`,
      },
    )
  }
  const { manifest } = await load(type)
  checkValues(manifest, written, file.shown, path)
  const values = valuesOf(manifest, written, file)
  return {
    name,
    type,
    describe: async () => values.map(hideSecret),
    open: async (o) => manifest.create(await resolveValues(path, values, file, io), o),
  }
}

async function load(type: string): Promise<{ manifest: NotifierManifest }> {
  const registered = TYPES[type]
  if (!registered) throw new Error(`no type of channel ${type}`)
  return registered.load()
}

/** A channel that is opened by the first message: most commands send none. */
export function lazyNotifier(open: () => Promise<Notifier>): Notifier {
  const opening = onceDone(open)
  let opened: Notifier | undefined
  return {
    async send(message, o) {
      opened = await orAborted(opening(), o.signal)
      return opened.send(message, o)
    },
    close: async () => opened?.close?.(),
  }
}
