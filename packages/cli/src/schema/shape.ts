/** A JSON Schema (draft 2020-12). */
export interface Schema {
  [keyword: string]: unknown
}

/** Properties with their schemas; `?` behind a name: it may be absent. */
export type Shape = Readonly<Record<string, Schema>>

export const text: Schema = { type: 'string' }
export const truth: Schema = { type: 'boolean' }
/** A count, a time in ms, a port: nothing that is less than nothing. */
export const whole: Schema = { type: 'integer', minimum: 0 }
/** Anything that is JSON. */
export const anything: Schema = {}
/** ISO 8601 UTC. */
export const time: Schema = {
  type: 'string',
  format: 'date-time',
  pattern: '^(\\d{4}|[+-]\\d{6})-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$',
}
/** SHA-256 in hex. */
export const sha256: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' }

export const exactly = (value: string | boolean): Schema => ({ const: value })
export const word = (...words: string[]): Schema => ({ enum: words })
export const list = (items: Schema): Schema => ({ type: 'array', items })
export const texts = list(text)
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values })
export const anyOf = (...schemas: Schema[]): Schema => ({ anyOf: schemas })
export const orNull = (schema: Schema): Schema => anyOf(schema, { type: 'null' })
/** A definition of common.json. */
export const ref = (name: string): Schema => ({ $ref: `common.json#/$defs/${name}` })

/**
 * An object. Properties that are not named may come with a later version, so that whoever reads must not refuse them; the tests do
 * refuse them, by `closed`.
 */
export function object(shape: Shape): Schema {
  const entries = Object.entries(shape)
  const required = entries.flatMap(([name]) => (name.endsWith('?') ? [] : [name]))
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
    ...(required.length > 0 && { required }),
  }
}

/** The same properties, any of which may be absent. */
export function optional(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name.replace(/\??$/, '?'), schema]))
}

/** The schema with nothing in its objects but what it names. */
export function closed(schema: Schema): Schema {
  const inside = Object.fromEntries(Object.entries(schema).map(([keyword, value]) => [keyword, closedValue(value)]))
  return schema.type === 'object' && !('additionalProperties' in schema) ? { ...inside, additionalProperties: false } : inside
}

function closedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedValue)
  return typeof value === 'object' && value !== null ? closed(value as Schema) : value
}
