import type { DomainctlError } from '@domainctl/core'
import type { ErrorReport } from '../exit.ts'
import type { Io } from '../io.ts'
import { timestamp } from '../time.ts'
import type { Output } from './output.ts'
import type { Meaning } from './paint.ts'
import { isScreen, screenOn } from './screen.ts'
import { table } from './table.ts'
import { printable, shortened } from './text.ts'

/** One look at one name. */
export interface Looked {
  name: string
  state: 'ok' | 'failing' | 'broken' | 'unknown'
  /** When it was measured. */
  at?: Date
  ms?: number
  /** Layer, code and address, where something is wrong. */
  problem: string
  /** What `--json` says of it. */
  line: object
}

/** Shows looks, one round after the other. */
export interface WatchReport {
  looked(looks: readonly Looked[]): void
  trouble(error: DomainctlError, report: ErrorReport): void
  end(): void
}

const MEANINGS = { ok: 'good', failing: 'waiting', broken: 'bad', unknown: 'faint' } as const satisfies Record<string, Meaning>
/** The worst first. */
const ORDER = ['broken', 'failing', 'unknown', 'ok'] as const
/** The heading, what is above and below, and the line of the cursor. */
const OTHER_LINES = 4

/** JSON lines with `--json`, a table that is written over on a terminal, else a line for each change. */
export function watchReport(io: Pick<Io, 'stdout' | 'env' | 'now'>, output: Output): WatchReport {
  if (output.json) return jsonLines(io, output)
  return isScreen(io) ? redrawn(io, output) : changes(io, output)
}

/** Each measurement is one; of what the state knows, each check. */
function jsonLines({ now }: Pick<Io, 'now'>, { print }: Output): WatchReport {
  const before = new Map<string, string>()
  return {
    looked(looks) {
      const at = now().toISOString()
      for (const { name, line } of looks) {
        const text = JSON.stringify({ name, ...line })
        if (before.get(name) === text) continue
        before.set(name, text)
        print(JSON.stringify({ at, name, ...line }))
      }
    },
    trouble: (_, error) => print(JSON.stringify({ at: now().toISOString(), error })),
    end() {},
  }
}

function changes({ now }: Pick<Io, 'now'>, { print, complain, paint }: Output): WatchReport {
  const before = new Map<string, string>()
  return {
    looked(looks) {
      for (const { name, state, problem } of looks) {
        const text = `${state} ${problem}`
        if (before.get(name) === text) continue
        before.set(name, text)
        const shown = printable(shortened(name))
        print(`${timestamp(now())} ${shown}: ${paint(MEANINGS[state], state)} ${printable(problem)}`.trimEnd())
      }
    },
    trouble: ({ message, hint }) => complain(`${timestamp(now())} ${printable(message)} ${printable(hint)}`),
    end() {},
  }
}

function redrawn({ stdout, now }: Pick<Io, 'stdout' | 'now'>, { paint, complain, signs }: Output): WatchReport {
  const screen = screenOn(stdout, signs)
  return {
    looked(looks) {
      const sorted = looks.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
      const heading = `${timestamp(now())}  ${counts(looks)}`
      screen.draw(({ rows, columns }) => {
        const shown = sorted.slice(0, Math.max(1, rows - OTHER_LINES))
        const cells = shown.map(({ name, state, at, ms, problem }) => [
          printable(shortened(name)),
          paint(MEANINGS[state], state),
          at === undefined ? '-' : timestamp(at),
          ms === undefined ? '' : `${ms} ms`,
          printable(problem),
        ])
        const more = looks.length - shown.length
        return [
          heading,
          ...table(['NAME', 'STATE', 'MEASURED', 'TOOK', 'PROBLEM'], cells, {
            columns,
            shorten: { NAME: 'middle', PROBLEM: 'end' },
          }),
          ...(more > 0 ? [`and ${more} more`] : []),
        ]
      })
    },
    trouble: ({ message, hint }) => complain(`${timestamp(now())} ${printable(message)} ${printable(hint)}`),
    end: () => screen.end(),
  }
}

function counts(looks: readonly Looked[]): string {
  const by = Map.groupBy(looks, ({ state }) => state)
  const parts = ORDER.flatMap((state) => (by.has(state) ? [`${by.get(state)?.length} ${state}`] : []))
  return parts.length === 0 ? 'there is no domain' : parts.join(', ')
}
