import type { DomainctlError, DomainReport } from '@domainctl/core'
import { reportError } from '../exit.ts'
import type { Io } from '../io.ts'
import { timestamp } from '../time.ts'
import { domainTable, problemOf, shownDomain } from './domain.ts'
import { mark } from './marks.ts'
import type { Output } from './output.ts'
import { isScreen, screenOn } from './screen.ts'
import { printable } from './text.ts'
import { standingCounts, standingMark, worstFirst } from './worst.ts'

/** Shows a list of domains that is looked at again and again. */
export interface WatchedDomains {
  looked(domains: readonly DomainReport[]): void
  trouble(error: DomainctlError): void
  end(): void
}

/** The line of counts, the heading, what is said of those below the screen, and the line of the cursor. */
const OTHER_LINES = 4

/** JSON lines with `--json`, a table that is written over on a terminal, else a line for each change. */
export function watchedDomains(io: Pick<Io, 'stdout' | 'env' | 'now'>, output: Output): WatchedDomains {
  return !output.json && isScreen(io) ? redrawn(io, output) : changes(io, output)
}

/** The first look tells of all, each further one of those that are not as they were, and of those that are not listed any more. */
function changes({ now }: Pick<Io, 'now'>, output: Output): WatchedDomains {
  const { json, print, complain, paint } = output
  let before = new Map<string, { text: string; name: string }>()
  const textOf = (domain: DomainReport) =>
    json ? JSON.stringify(shownDomain(domain)) : `${domain.status} ${domain.health?.status} ${problemOf(domain)}`
  const tell = (domain: DomainReport) =>
    json
      ? JSON.stringify({ at: now().toISOString(), name: domain.name, domain: shownDomain(domain) })
      : [
          `${timestamp(now())} ${mark(paint, standingMark(domain, now()))} ${printable(domain.unicodeName)}: ${domain.status}`,
          problemOf(domain),
        ]
          .filter((part) => part !== '')
          .join(' ')
  const tellGone = (name: string) =>
    json
      ? JSON.stringify({ at: now().toISOString(), name, domain: null })
      : `${timestamp(now())} ${mark(paint, 'info')} ${name}: not listed any more`
  return {
    looked(domains) {
      const seen = new Map(domains.map((domain) => [domain.id, { text: textOf(domain), name: domain.name }]))
      for (const domain of domains) {
        if (before.get(domain.id)?.text !== seen.get(domain.id)?.text) print(tell(domain))
      }
      for (const [id, { name }] of before) if (!seen.has(id)) print(tellGone(name))
      before = seen
    },
    trouble(error) {
      if (json) print(JSON.stringify({ at: now().toISOString(), error: reportError(error) }))
      else complain(`${timestamp(now())} ${printable(error.message)} ${printable(error.hint)}`)
    },
    end() {},
  }
}

function redrawn({ stdout, now }: Pick<Io, 'stdout' | 'now'>, { paint, complain, signs }: Output): WatchedDomains {
  const screen = screenOn(stdout, signs)
  return {
    looked(domains) {
      const at = now()
      const sorted = domains.toSorted(worstFirst(at))
      screen.draw(({ rows, columns }) => {
        const shown = sorted.slice(0, Math.max(1, rows - OTHER_LINES))
        const more = sorted.length - shown.length
        return [
          `${timestamp(at)}  ${standingCounts(sorted, at)}`,
          ...domainTable(shown, at, paint, columns),
          ...(more > 0 ? [`and ${more} more that stand better`] : []),
        ]
      })
    },
    trouble: (error) => complain(`${timestamp(now())} ${printable(error.message)} ${printable(error.hint)}`),
    end: () => screen.end(),
  }
}
