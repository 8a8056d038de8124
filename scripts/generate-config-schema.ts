import { configJsonSchema, type JsonSchema } from '../packages/cli/src/config/json-schema.ts'

/** A provider that is a package or a file of somebody else has options that only it knows. */
const OTHER_TYPES = `{ readonly type: \`.\${string}\` | \`@\${string}\` | \`\${string}-\${string}\`; readonly [option: string]: unknown }`

/** The JSON Schema of a configuration file, in the package and in docs/, and the types of defineConfig that say the same. */
export async function generateConfigSchema(): Promise<{ path: string; content: string }[]> {
  const schema = await configJsonSchema()
  const content = `${JSON.stringify(schema, null, 2)}\n`
  return [
    { path: 'docs/schema/config.schema.json', content },
    { path: 'packages/cli/config.schema.json', content },
    { path: 'packages/cli/config.d.ts', content: typesOf(schema) },
  ]
}

function typesOf(schema: JsonSchema): string {
  return `// Made by scripts/generate-config-schema.ts: \`npm run gen\` writes it anew.
/** What a configuration file of domainctl holds: docs/guide/configuration.md. */
export interface DomainctlConfig ${typeOf(schema, '')}

/** Gives the types of a configuration to an editor and to TypeScript; does nothing else. */
export declare const defineConfig: <const C extends DomainctlConfig>(config: C) => C
`
}

/** Of the keywords that the schema is made of; what it does not say may be anything. */
function typeOf(schema: JsonSchema, indent: string): string {
  const { anyOf, oneOf, allOf, const: only, enum: some, type, items, properties, additionalProperties, required } = schema
  if (only !== undefined) return JSON.stringify(only)
  if (Array.isArray(some)) return some.map((value) => JSON.stringify(value)).join(' | ')
  const either = anyOf ?? oneOf
  if (Array.isArray(either)) return unionOf(either, indent)
  if (type === 'array') return `readonly (${isSchema(items) ? typeOf(items, indent) : 'unknown'})[]`
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'string' || type === 'boolean') return type
  if (type !== 'object' && properties === undefined) return 'unknown'
  if (Array.isArray(allOf)) return entriesOf(schema, allOf, indent)
  if (!isSchema(properties)) {
    return `Readonly<Record<string, ${isSchema(additionalProperties) ? typeOf(additionalProperties, indent) : 'unknown'}>>`
  }
  return objectOf(properties as Readonly<Record<string, JsonSchema>>, Array.isArray(required) ? required : [], indent)
}

/** A text that may be any beside some that are known: editors offer those. */
function unionOf(schemas: readonly JsonSchema[], indent: string): string {
  const types = [...new Set(schemas.map((schema) => typeOf(schema, indent)))]
  const hasText = types.includes('string') && types.some((type) => type.startsWith('"'))
  return types.map((type) => (hasText && type === 'string' ? '(string & {})' : type)).join(' | ')
}

/** `if` a type `then` its options: one member of a union each, and one for types of others where there may be such. */
function entriesOf(schema: JsonSchema, conditions: readonly JsonSchema[], indent: string): string {
  const members = conditions.map(({ then }) => {
    const { properties, required } = then as { properties: Readonly<Record<string, JsonSchema>>; required?: string[] }
    return objectOf(properties, ['type', ...(required ?? [])], indent)
  })
  const { type } = schema.properties as { type: JsonSchema }
  return [...members, ...(type.anyOf ? [OTHER_TYPES] : [])].join(' | ')
}

function objectOf(properties: Readonly<Record<string, JsonSchema>>, required: readonly unknown[], indent: string): string {
  const inner = `${indent}  `
  const lines = Object.entries(properties).flatMap(([key, property]) => {
    const { description } = property
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)
    return [
      ...(typeof description === 'string' ? [`${inner}/** ${description.replaceAll('*/', '*\\/')} */`] : []),
      `${inner}readonly ${name}${required.includes(key) ? '' : '?'}: ${typeOf(property, inner)}`,
    ]
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}
