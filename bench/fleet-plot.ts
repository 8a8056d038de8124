import type { Incident } from '../lifecycle/fleet/simulated-ca.ts'

const DAY = 86_400_000
const WIDTH = 1000
const PANEL = 170
const LEFT = 46
const TOP = 40
/** Days are drawn up to so many times the usual; a day with more is cut and has its number beside. */
const MOST = 3

/** One curve: renewals of each day. */
export interface Panel {
  title: string
  days: readonly number[]
  /** A day's share of an even fleet. */
  usual: number
  incidents: readonly Incident[]
}

/** Days as bars, one panel below the other; in the colours of the page that it is shown on, light or dark. */
export function plotOf(panels: readonly Panel[]): string {
  const height = TOP + panels.length * (PANEL + TOP)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="Renewals of each day of a year">`,
    '<style>text{fill:#57606a}.t{font-weight:bold}.b{fill:#0969da}.i{fill:#cf222e;fill-opacity:.22}.a{stroke:#8c959f;stroke-width:.5;fill:none}',
    '@media(prefers-color-scheme:dark){text{fill:#9198a1}.b{fill:#58a6ff}.i{fill:#ff7b72;fill-opacity:.3}}</style>',
    ...panels.map((panel, i) => drawn(panel, TOP + i * (PANEL + TOP))),
    '</svg>\n',
  ].join('\n')
}

function drawn({ title, days, usual, incidents }: Panel, top: number): string {
  const x = (day: number) => round(LEFT + (day * (WIDTH - LEFT - 10)) / days.length)
  const y = (times: number) => round(top + PANEL * (1 - Math.min(times, MOST) / MOST))
  const bottom = top + PANEL
  const grid = [1, 2, 3].map(
    (times) =>
      `<path class="a" d="M${LEFT} ${y(times)}H${WIDTH - 10}"/><text x="${LEFT - 6}" y="${y(times) + 4}" text-anchor="end">${times} ×</text>`,
  )
  const marks = incidents.map((one) => {
    const from = x(one.at / DAY)
    const width = Math.max(2, round(x((one.at + (one.kind === 'outage' ? one.length : DAY)) / DAY) - from))
    return `<rect class="i" x="${from}" y="${top}" width="${width}" height="${PANEL}"/><text x="${from}" y="${top - 4}">${named(one)}</text>`
  })
  const bars = days.map((count, day) => `M${x(day)} ${bottom}V${y(count / usual)}H${x(day + 1)}V${bottom}z`).join('')
  const cut = days.flatMap((count, day) =>
    count / usual > MOST ? [`<text x="${x(day + 1) + 3}" y="${top + 12}">${(count / usual).toFixed(1)} ×</text>`] : [],
  )
  return [
    `<text class="t" x="${LEFT}" y="${top - 20}">${title}: renewals a day, as multiples of an even day</text>`,
    ...grid,
    ...marks,
    `<path class="b" d="${bars}"/>`,
    ...cut,
    `<text x="${LEFT}" y="${bottom + 14}">day 0</text><text x="${WIDTH - 10}" y="${bottom + 14}" text-anchor="end">day ${days.length}</text>`,
  ].join('\n')
}

function named(one: Incident): string {
  if (one.kind === 'recall') return `${(one.share * 100).toFixed(0)} % recalled`
  return one.length >= DAY ? `outage, ${one.length / DAY} d` : `outage, ${one.length / 3_600_000} h`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
