import { DomainctlError } from '@domainctl/core'
import * as z from 'zod'
import { shortened } from '../output/text.ts'
import { parseDuration } from '../time.ts'
import { expectedOfCa, keysOfCa, WRITTEN_CA, type WrittenCa } from './ca-schema.ts'
import { expectedOfMaintenance, MAINTENANCE_KEYS, WRITTEN_MAINTENANCE, type WrittenMaintenance } from './maintenance.ts'
import {
  expectedOfNotifications,
  keysOfNotifications,
  WRITTEN_NOTIFICATIONS,
  type WrittenNotifications,
} from './notification-schema.ts'
import { type ConfigFault, describeValue, unknownKey, wrongValue } from './problem.ts'
import { REFERENCE } from './secret.ts'
import { type Setting, type SettingKey, settingRows } from './settings.ts'
import type { WrittenTarget } from './targets.ts'
import { expectedOf, fits, foundOf, type SettingValue, valueFromText } from './values.ts'

/** A configuration file that has the right shape. Fields of a provider are checked by the provider's own schema. */
export interface FileConfig {
  settings: Partial<Record<SettingKey, SettingValue>>
  providers: Record<string, { type: string; [field: string]: unknown }>
  zones: Record<string, string>
  targets: Record<string, WrittenTarget>
  cas: Record<string, WrittenCa>
  notifications?: WrittenNotifications
  maintenance: WrittenMaintenance
}

function schemaOf(setting: Setting): z.ZodType {
  switch (setting.type) {
    case 'boolean':
      return z.boolean()
    case 'integer':
      return z
        .int()
        .min(setting.range?.[0] ?? 0)
        .max(setting.range?.[1] ?? Number.MAX_SAFE_INTEGER)
    case 'width':
      return z.union([z.literal('auto'), schemaOf({ ...setting, type: 'integer' })])
    case 'choice':
      return z.enum([...(setting.choices ?? [])])
    case 'list':
      return z.union([
        z.string().refine((text) => valueFromText(setting, text, '/') !== null),
        z.array(z.string().refine((text) => text !== '' && fits(setting, text))),
      ])
    case 'secret':
      return z.string().regex(REFERENCE)
    case 'string':
    case 'path':
    case 'state':
    case 'duration':
      return z.string().refine((text) => valueFromText(setting, text, '/') !== null)
  }
}

/** Options of a target are checked by the schema of its type. */
const WRITTEN_TARGET = z.looseObject({
  type: z.string(),
  proveAt: z.array(z.string().refine((text) => PROVE_AT.test(text))).optional(),
  proveNames: z.enum(['primary', 'all']).optional(),
  proveTimeout: z
    .string()
    .refine((text) => parseDuration(text) !== null)
    .optional(),
})

const PROVE_AT = /^(?:\[[\da-fA-F:.]+\]|[\d.]+):\d{1,5}$/

const EXPECTED_OF_TARGET: Readonly<Record<string, string>> = {
  type: 'the type of a target, such as files',
  proveAt: 'a list of IP:PORT or [IPv6]:PORT, such as ["127.0.0.1:443"]',
  proveNames: 'primary or all',
  proveTimeout: 'a duration, such as 30s',
}

/**
 * Checks what a configuration file holds.
 * @param file its name for messages
 * @throws DomainctlError `CONFIG_INVALID` that names the file, the path in it, what was expected and what was found
 */
export function checkFileConfig(content: unknown, file: string): FileConfig {
  refuseProto(content, file)
  const checked = fileSchema().safeParse(content ?? {})
  if (!checked.success) throw allOf(faultsOf(checked.error, content, file).map(({ error }) => error))
  const {
    providers = {},
    zones = {},
    targets = {},
    cas = {},
    notifications,
    maintenance = [],
    $schema: _,
    ...settings
  } = checked.data
  return {
    settings: settings as FileConfig['settings'],
    providers: providers as FileConfig['providers'],
    zones: zones as FileConfig['zones'],
    targets: targets as FileConfig['targets'],
    cas: cas as FileConfig['cas'],
    ...(notifications !== undefined && { notifications: notifications as WrittenNotifications }),
    maintenance: maintenance as WrittenMaintenance,
  }
}

/**
 * The same without an end at the first fault: every one, with its place in the file.
 * @throws DomainctlError `CONFIG_INVALID` for the key `__proto__` alone
 */
export function faultsOfShape(content: unknown, file: string): ConfigFault[] {
  refuseProto(content, file)
  const checked = fileSchema().safeParse(content ?? {})
  return checked.success ? [] : faultsOf(checked.error, content, file)
}

function fileSchema(): z.ZodObject {
  const rows = settingRows()
  return z.strictObject({
    // For editors of JSON, which look here for the schema of a file.
    $schema: z.string().optional(),
    ...Object.fromEntries(rows.map(([key, setting]) => [key, schemaOf(setting).optional()])),
    providers: z.record(z.string(), z.looseObject({ type: z.string() })).optional(),
    zones: z.record(z.string(), z.string().min(1)).optional(),
    targets: z.record(z.string().regex(/^[\w.-]+$/), WRITTEN_TARGET).optional(),
    cas: z.record(z.string(), WRITTEN_CA).optional(),
    notifications: WRITTEN_NOTIFICATIONS.optional(),
    maintenance: WRITTEN_MAINTENANCE.optional(),
  })
}

function faultsOf({ issues }: z.ZodError, content: unknown, file: string): ConfigFault[] {
  return issues.flatMap((issue) => problemsOf(issue, content, file))
}

/** A key that JSON and YAML can have, and that would change the object into which it is copied in place of being a key of it. */
function refuseProto(content: unknown, file: string): void {
  const seen = new Set<unknown>()
  const paths = (value: unknown, path: readonly string[]): string[] => {
    // A module may have made a circle.
    if (typeof value !== 'object' || value === null || seen.has(value)) return []
    seen.add(value)
    return Object.entries(value).flatMap(([key, below]) =>
      key === '__proto__' ? [[...path, key].join('.')] : paths(below, [...path, shortened(key)]),
    )
  }
  const [found] = paths(content, [])
  if (found === undefined) return
  throw new DomainctlError('CONFIG_INVALID', `${file}: ${shortened(found)} is no setting.`, {
    hint: 'Remove it; docs/guide/configuration.md lists all settings.',
  })
}

/** All faults in one error, so that a file is mended in one go. */
function allOf(problems: DomainctlError[]): DomainctlError {
  const hints = new Set(problems.map(({ hint }) => hint))
  return new DomainctlError('CONFIG_INVALID', problems.map(({ message }) => message).join(' '), { hint: [...hints].join(' ') })
}

/** The keys that a mapping of a section may have; undefined at the top. */
function keysOfSection(path: readonly string[]): readonly string[] | undefined {
  switch (path[0]) {
    case 'cas':
      return keysOfCa(path)
    case 'notifications':
      return keysOfNotifications(path)
    case 'maintenance':
      return MAINTENANCE_KEYS
    default:
      return undefined
  }
}

function problemsOf(issue: z.core.$ZodIssue, content: unknown, file: string): ConfigFault[] {
  const known = [...settingRows().map(([key]) => key), 'providers', 'zones', 'targets', 'cas', 'notifications', 'maintenance']
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const keys = keysOfSection(path) ?? known
    return issue.keys.map((key) => ({ path: [...path, key], error: unknownKey(file, [...path, key].join('.'), keys) }))
  }
  const [top = ''] = path
  const setting = Object.fromEntries(settingRows())[top]
  const expected = setting ? expectedOf(setting) : expectedOfSection(path)
  const where = path.length > 0 ? `${file}: ${path.map(shortened).join('.')}` : file
  const value = valueAt(content, path)
  const isSecret = ['eabHmacKey', 'apiKey'].includes(path.at(-1) ?? '')
  const found = setting ? foundOf(setting, value) : describeValue(value, isSecret)
  return [{ path, error: wrongValue(where, expected, found) }]
}

function expectedOfSection(path: string[]): string {
  const [section, , field] = path
  if (section === 'providers') {
    if (field === 'type') return 'the type of a DNS provider, such as rfc2136'
    return path.length === 1 ? 'a mapping from a name of your choice to a provider' : 'a mapping with a type'
  }
  if (section === 'targets') {
    if (path.length === 1) return 'a mapping from a name of your choice (letters, digits, - . _) to a target'
    return EXPECTED_OF_TARGET[field ?? ''] ?? 'a mapping with a type'
  }
  if (section === 'cas') {
    if (path.length === 2) return 'a mapping that has both or neither of eabKid and eabHmacKey'
    return expectedOfCa(path)
  }
  if (section === 'notifications') return expectedOfNotifications(path)
  if (section === 'maintenance') return expectedOfMaintenance(path)
  if (section === 'zones') return path.length === 1 ? 'a mapping from a zone to the name of a provider' : 'the name of a provider'
  return 'a mapping from settings to values'
}

function valueAt(content: unknown, path: string[]): unknown {
  let value = content
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return value
}
