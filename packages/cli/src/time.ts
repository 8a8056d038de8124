const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** How a duration is written, for error messages. */
export const DURATION_FORM = 'a duration such as 30s, 10m, 2h or 14d'

export const DURATION = /^(\d{1,6})(s|m|h|d)$/

/** Reads `30s`, `10m`, `2h`, `1d` as milliseconds; null when it is none. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text.trim())
  const unit = UNITS[match?.[2] ?? '']
  return match && unit !== undefined ? Number(match[1]) * unit : null
}

/** Milliseconds as {@link parseDuration} reads them, in the largest unit that is exact. */
export function formatDuration(ms: number): string {
  const [unit, length] = Object.entries(UNITS).findLast(([, length]) => ms % length === 0) ?? ['s', 1000]
  return `${ms / length}${unit}`
}

/** `5 minutes`, `1 day`: the largest unit that keeps at least one and a half of it. */
export function describeDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const [count, unit] =
    seconds < 90
      ? [seconds, 'second']
      : seconds < 90 * 60
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 36 * 3600
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86_400), 'day']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** `in 12 days`, `3 hours ago`. */
export function distanceTo(time: Date, now: Date): string {
  const ms = time.getTime() - now.getTime()
  const distance = describeDuration(Math.abs(ms))
  return ms >= 0 ? `in ${distance}` : `${distance} ago`
}

/** `in 12 days (2026-12-02)`, `3 hours ago (2026-11-20)`: the same width for all, which tables need; in local time. */
export function onDay(time: Date, now: Date): string {
  const ms = time.getTime() - now.getTime()
  if (Number.isNaN(ms)) return 'at an unknown time'
  return `${distanceTo(time, now)} (${localDate(time)})`
}

/** `in 12 days (2026-12-02)`, `3 hours ago (2026-11-20 09:15)`, `in 10 minutes (14:05)`, in local time. */
export function when(time: Date, now: Date): string {
  const ms = time.getTime() - now.getTime()
  if (Number.isNaN(ms)) return 'at an unknown time'
  return `${distanceTo(time, now)} (${localTime(time, Math.abs(ms))})`
}

/** `2026-11-20 14:05:09` in local time. */
export function timestamp(time: Date): string {
  return `${localDate(time)} ${clock(time, 'seconds')}`
}

/** Times of UTC in a text of the engine (`2026-12-02T09:15:00.000Z`) as people read them: `2026-12-02 09:15`, in local time. */
export function withLocalTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (iso) => {
    const time = new Date(iso)
    return Number.isNaN(time.getTime()) ? iso : `${localDate(time)} ${clock(time)}`
  })
}

function localTime(time: Date, distance: number): string {
  if (distance >= 36 * 3_600_000) return localDate(time)
  return distance < 90 * 60_000 ? clock(time) : `${localDate(time)} ${clock(time)}`
}

/** `2026-11-20` in local time. */
export function localDate(time: Date): string {
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

/** `14:05`, or `14:05:09`, in local time. */
export function clock(time: Date, to: 'minutes' | 'seconds' = 'minutes'): string {
  const minutes = `${two(time.getHours())}:${two(time.getMinutes())}`
  return to === 'minutes' ? minutes : `${minutes}:${two(time.getSeconds())}`
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** `Friday`, in local time. */
export function weekday(time: Date): string {
  return DAYS[time.getDay()] ?? ''
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
