import { resolve } from 'node:path'
import { DURATION_FORM, parseDuration } from '../time.ts'
import { describeValue } from './problem.ts'
import type { Setting } from './settings.ts'

/** A value that a setting can have. */
export type SettingValue = string | number | boolean | string[]

const TRUE = ['1', 'true', 'yes', 'on']
const FALSE = ['0', 'false', 'no', 'off']

/** What a setting wants, for error messages: `an integer from 1 to 256`. */
export function expectedOf(setting: Setting): string {
  if (setting.form) return setting.form.expected
  switch (setting.type) {
    case 'boolean':
      return 'true or false'
    case 'integer':
      return setting.range ? `an integer from ${setting.range[0]} to ${setting.range[1]}` : 'an integer'
    case 'width':
      return setting.range ? `an integer from ${setting.range[0]} to ${setting.range[1]}, or auto` : 'an integer, or auto'
    case 'duration':
      return DURATION_FORM
    case 'choice':
      return `one of ${setting.choices?.join(', ')}`
    case 'list':
      return 'a text or a list of texts'
    case 'state':
      return 'a state URL such as file:.domainctl/state.db or postgres://USER@HOST/DATABASE'
    case 'secret':
      return 'a reference to the secret: env:NAME or file:PATH'
    case 'path':
      return 'the path of a file'
    case 'string':
      return 'a text'
  }
}

/**
 * Reads a value as flags, the environment and defaults have it.
 * @param from the folder that relative paths start from
 * @returns null when the text does not fit the type
 */
export function valueFromText(setting: Setting, text: string, from: string): SettingValue | null {
  if (text.trim() === '') return null
  switch (setting.type) {
    case 'boolean':
      if (TRUE.includes(text.toLowerCase())) return true
      return FALSE.includes(text.toLowerCase()) ? false : null
    case 'integer':
      return /^\d{1,9}$/.test(text) ? withinRange(setting, Number(text)) : null
    case 'width':
      return text === 'auto' ? text : valueFromText({ ...setting, type: 'integer' }, text, from)
    case 'duration':
      return parseDuration(text)
    case 'choice':
      return setting.choices?.includes(text) ? text : null
    case 'list':
      return listOf(text, setting)
    case 'state':
      return stateUrl(text, from)
    case 'path':
      return resolve(from, text)
    case 'string':
      return fits(setting, text.trim()) ? text.trim() : null
    case 'secret':
      return text.trim()
  }
}

/** What was found in place of what a setting wants, for error messages, with what is wrong with it where that is known. */
export function foundOf(setting: Setting, value: unknown): string {
  const texts = [value].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : []))
  const refused = texts.map((text) => text.trim()).find((text) => !fits(setting, text))
  const why = refused === undefined ? undefined : setting.form?.refusal?.(refused)
  return `${describeValue(value, setting.type === 'secret')}${why === undefined ? '' : ` (${why})`}`
}

/** Whether a text, or one of a list, has the form that the setting wants. */
export function fits({ form }: Setting, text: string): boolean {
  return form === undefined || form.fits(text)
}

/** A value of the configuration file, whose type the schema has checked, in the form that {@link valueFromText} gives. */
export function valueFromFile(setting: Setting, value: SettingValue, from: string): SettingValue {
  if (Array.isArray(value)) return value
  return typeof value === 'string' ? (valueFromText(setting, value, from) ?? value) : value
}

/** `file:PATH` with the path made absolute, or the URL of a Postgres as it is; null for another scheme. */
export function stateUrl(text: string, from: string): string | null {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text
  const path = /^file:(?:\/\/(?=\/))?(.+)$/.exec(text)?.[1]
  return path === undefined ? null : `file:${resolve(from, path)}`
}

function withinRange({ range }: Setting, value: number): number | null {
  return range && (value < range[0] || value > range[1]) ? null : value
}

function listOf(text: string, setting: Setting): string[] | null {
  const items = text.split(',').map((item) => item.trim())
  return items.includes('') || !items.every((item) => fits(setting, item)) ? null : items
}
