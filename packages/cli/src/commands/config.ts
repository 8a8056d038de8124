import type { WrittenCa } from '../config/ca-schema.ts'
import { type SettingType, settingRows } from '../config/settings.ts'
import { shownState } from '../config/shown-state.ts'
import type { SettingValue } from '../config/values.ts'
import type { Context } from '../context.ts'
import { columnsOf } from '../output/output.ts'
import { table } from '../output/table.ts'
import { printable } from '../output/text.ts'
import { formatDuration } from '../time.ts'

/** One line of `config show`. */
interface ShownSetting {
  /** Path in the configuration file. */
  key: string
  /** Null when it is not set; for a secret `(set)`. */
  value: unknown
  /** A flag, a variable, a file, or `default`. */
  source: string
}

const SECRET = '(set)'

function shownValue(type: SettingType, value: SettingValue | undefined): SettingValue | null {
  if (value === undefined) return null
  if (type === 'secret') return SECRET
  if (type === 'state') return shownState(String(value))
  return type === 'duration' ? formatDuration(Number(value)) : value
}

/** `orders: 600 per 3h, duplicates: 10 per 7d`. */
function limitsText(limits: NonNullable<WrittenCa['limits']>): string {
  return Object.entries(limits)
    .map(([kind, { count, per }]) => `${kind}: ${count} per ${per}`)
    .join(', ')
}

/** `config show`: the merged configuration with where each value came from. */
export async function configShow(context: Context): Promise<number> {
  const { output, config } = context
  const settings: ShownSetting[] = settingRows().map(([key, { type }]) => {
    const { value, source } = config.origins[key]
    return { key, value: shownValue(type, value), source }
  })
  for (const provider of config.providers.values()) {
    const values = await provider.describe()
    settings.push({ key: `providers.${provider.name}.type`, value: provider.type, source: values[0]?.source ?? 'default' })
    for (const { option, value, secret, source } of values) {
      settings.push({ key: `providers.${provider.name}.${option}`, value: secret ? SECRET : value, source })
    }
  }
  for (const { name, type, describe } of config.targets.values()) {
    settings.push({ key: `targets.${name}.type`, value: type, source: config.file?.shown ?? '' })
    for (const { option, value, secret, source } of describe())
      settings.push({ key: `targets.${name}.${option}`, value: secret ? SECRET : value, source })
  }
  for (const [ca, options] of Object.entries(config.writtenCas)) {
    for (const [option, value] of Object.entries(options))
      settings.push({
        key: `cas.${ca}.${option}`,
        value: option === 'eabHmacKey' || option === 'apiKey' ? SECRET : typeof value === 'object' ? limitsText(value) : value,
        source: config.file?.shown ?? '',
      })
  }
  for (const channel of config.notifications?.channels.values() ?? []) {
    const values = await channel.describe()
    const path = `notifications.channels.${channel.name}`
    settings.push({ key: `${path}.type`, value: channel.type, source: values[0]?.source ?? 'default' })
    for (const { option, value, secret, source } of values) {
      settings.push({ key: `${path}.${option}`, value: secret ? SECRET : value, source })
    }
  }
  for (const [zone, provider] of Object.entries(config.zones))
    settings.push({ key: `zones.${zone}`, value: provider, source: config.file?.shown ?? '' })
  if (output.json) output.document({ file: config.file?.path ?? null, settings })
  else {
    const rows = settings.map(({ key, value, source }) => [
      key,
      value === null ? '-' : printable(String(value)),
      value === null ? '' : source,
    ])
    output.print(
      ...table(['SETTING', 'VALUE', 'FROM'], rows, { columns: columnsOf(context.io), shorten: { VALUE: 'end', FROM: 'middle' } }),
    )
  }
  return 0
}
