import { type NotifierManifest, notifiers, type ProviderManifest, providers, targets } from '@domainctl/providers'
import * as z from 'zod'
import { EMAIL, isEmail, isTenant, TENANT } from '../forms.ts'
import { DURATION } from '../time.ts'
import { EXPECTED_OF_CA, WRITTEN_CA } from './ca-schema.ts'
import { INSTANT } from './maintenance.ts'
import { WRITTEN_NOTIFICATIONS } from './notification-schema.ts'
import { REFERENCE } from './secret.ts'
import { type Setting, settingRows } from './settings.ts'
import { expectedOf } from './values.ts'

/** A JSON Schema, draft 7: what editors understand. */
export type JsonSchema = Readonly<Record<string, unknown>>

type Manifest = Pick<ProviderManifest | NotifierManifest, 'title' | 'schema' | 'options'>

const TEXTS = { type: 'array', items: { type: 'string', minLength: 1 } }
const LABELS = { type: 'object', additionalProperties: { type: 'string' } }

/**
 * The shape of a configuration file, for editors and other programs, from the same tables that the command checks files by. What
 * it refuses the command refuses too; the command knows more (`domainctl config check`).
 */
export async function configJsonSchema(): Promise<JsonSchema> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of domainctl',
    description: 'domainctl.config.yaml, .yml or .json: docs/guide/configuration.md',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string', description: 'the URL or the path of this schema, for editors' },
      ...Object.fromEntries(settingRows().map(([key, setting]) => [key, schemaOfSetting(setting)])),
      providers: {
        description: 'DNS providers by names of your choice, each with its credentials',
        type: 'object',
        additionalProperties: await entryOf(providers, { isOpen: true }),
      },
      zones: {
        description: 'which provider writes the records of a zone; the longest zone wins',
        type: 'object',
        additionalProperties: { type: 'string', minLength: 1 },
      },
      targets: {
        description: 'where certificates serve, by names of your choice',
        type: 'object',
        propertyNames: { pattern: '^[\\w.-]+$' },
        additionalProperties: await entryOf(targets, { others: PROOF }),
      },
      cas: {
        description: 'what is to be known of single CAs, by a known name or one of your own',
        type: 'object',
        additionalProperties: schemaOfCa(),
      },
      notifications: {
        ...fromZod(WRITTEN_NOTIFICATIONS.omit({ channels: true })),
        description: 'who is told what',
        required: ['channels'],
        properties: {
          channels: { type: 'object', additionalProperties: await entryOf(notifiers, {}) },
          ...propertiesOf(fromZod(WRITTEN_NOTIFICATIONS.omit({ channels: true, group: true, repeat: true }))),
          group: { type: 'string', pattern: DURATION.source },
          repeat: { type: 'string', pattern: DURATION.source },
        },
      },
      maintenance: {
        description: 'when nobody is told that domains are broken',
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['from', 'to'],
          properties: {
            from: { type: 'string', pattern: INSTANT.source, examples: ['2026-12-01T22:00:00Z'] },
            to: { type: 'string', pattern: INSTANT.source },
            names: { ...TEXTS, minItems: 1 },
            labels: LABELS,
          },
        },
      },
    },
  }
}

const PATTERNS = new Map<(text: string) => boolean, RegExp>([
  [isEmail, EMAIL],
  [isTenant, TENANT],
])

/** What every target has beside the options of its type. */
const PROOF = {
  proveAt: { ...TEXTS, description: 'addresses at which a handshake has to show the new certificate: IP:PORT' },
  proveNames: { enum: ['primary', 'all'], description: 'for which names' },
  proveTimeout: { type: 'string', pattern: DURATION.source, description: 'how long it may take until it is shown' },
}

function schemaOfSetting(setting: Setting): JsonSchema {
  const { help, default: usual } = setting
  return { description: usual === undefined ? help : `${help} (default: ${usual})`, ...shapeOf(setting) }
}

function shapeOf(setting: Setting): JsonSchema {
  const { type, range, choices, form } = setting
  // An editor need not know all that a form is: what is left out here the command refuses.
  const pattern = form && PATTERNS.get(form.fits)
  const text = { type: 'string', minLength: 1, ...(pattern && { pattern: pattern.source }) }
  switch (type) {
    case 'boolean':
      return { type }
    case 'integer':
      return { type, ...(range && { minimum: range[0], maximum: range[1] }) }
    case 'width':
      return { anyOf: [{ const: 'auto' }, shapeOf({ ...setting, type: 'integer' })] }
    case 'choice':
      return { enum: choices }
    case 'list':
      return { anyOf: [text, { type: 'array', items: text }] }
    case 'secret':
      return { type: 'string', pattern: REFERENCE.source, examples: [`env:${setting.env}`], $comment: expectedOf(setting) }
    case 'duration':
      return { type: 'string', pattern: DURATION.source }
    case 'state':
      return { type: 'string', pattern: '^(file:.|postgres(ql)?://)' }
    case 'string':
    case 'path':
      return text
  }
}

/** One of many types, each with options of its own; `isOpen`: types that are none of ours have options that only they know. */
async function entryOf(
  registry: Readonly<Record<string, { load(): Promise<{ manifest: Manifest }> }>>,
  { isOpen = false, others = {} }: { isOpen?: boolean; others?: Readonly<Record<string, JsonSchema>> },
): Promise<JsonSchema> {
  const manifests = await Promise.all(Object.entries(registry).map(async ([type, { load }]) => ({ type, ...(await load()) })))
  const types = manifests.map(({ type }) => type)
  const known = { enum: types, description: manifests.map(({ type, manifest: { title } }) => `${type}: ${title}`).join(' · ') }
  return {
    type: 'object',
    required: ['type'],
    properties: { type: isOpen ? { anyOf: [known, { type: 'string', minLength: 1 }] } : known },
    allOf: manifests.map(({ type, manifest }) => ({
      if: { properties: { type: { const: type } }, required: ['type'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: optionsOf(type, manifest, others),
    })),
  }
}

function optionsOf(type: string, { schema, options }: Manifest, others: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const properties = propertiesOf(fromZod(schema))
  const required = Object.entries(schema.shape).flatMap(([option, shape]) =>
    z.safeParse(shape, undefined).success ? [] : [option],
  )
  return {
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties: {
      type: { const: type },
      ...Object.fromEntries(
        Object.entries(options).map(([option, { help, example, secret, env }]) => [
          option,
          secret
            ? { type: 'string', pattern: REFERENCE.source, description: help, examples: [`env:${env ?? 'NAME'}`] }
            : { ...properties[option], description: help, examples: [example] },
        ]),
      ),
      ...others,
    },
  }
}

function schemaOfCa(): JsonSchema {
  const { properties: _, ...shape } = fromZod(WRITTEN_CA)
  const properties = propertiesOf(fromZod(WRITTEN_CA))
  return {
    ...shape,
    dependencies: { eabKid: ['eabHmacKey'], eabHmacKey: ['eabKid'] },
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, property]) => [key, { ...property, description: EXPECTED_OF_CA[key] }]),
    ),
  }
}

function fromZod(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...shape } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' })
  return shape
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>
}
