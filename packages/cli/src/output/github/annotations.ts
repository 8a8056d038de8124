import type { DomainctlError } from '@domainctl/core'
import { when } from '../../time.ts'
import { printable, shortened } from '../text.ts'
import { endsSoon } from './ends-soon.ts'
import type { Entries } from './entries.ts'
import type { Annotation } from './workflow-command.ts'

/** GitHub shows no more of one level from one step. */
const MOST_OF_A_LEVEL = 10

/** What is shown beside the step: what failed, then what is not right or will not be for long. */
export function annotationsOf(entries: Entries, { error, now }: { error?: DomainctlError; now: Date }): Annotation[] {
  const errors: Annotation[] = [
    ...(error ? [annotationOf(error, { now })] : []),
    ...entries.failed().flatMap(({ name, error }) => (error ? [annotationOf(error, { now, name })] : [])),
  ]
  const more = entries.count().failed + (error ? 1 : 0)
  const all = [...entries.failed(), ...entries.others()]
  const warnings = all.flatMap(({ name, warnings = [], validity }): Annotation[] => {
    const told = validity && endsSoon(validity, now) ? [`Its certificate ends ${when(new Date(validity.notAfter), now)}.`] : []
    return [...warnings, ...told].map((message) => ({
      level: 'warning',
      title: titleOf(name),
      message: printable(`${shortened(name)}: ${message}`),
    }))
  })
  return [...shown(errors, more), ...shown(warnings, warnings.length)]
}

/** Where there are more than are shown the last one says so. */
function shown(annotations: readonly Annotation[], count: number): Annotation[] {
  const [first] = annotations
  if (count <= MOST_OF_A_LEVEL || !first) return [...annotations]
  const told = annotations.slice(0, MOST_OF_A_LEVEL - 1)
  const message = `and ${count - told.length} more: see the summary of the job, or the log.`
  return [...told, { level: first.level, title: 'domainctl', message }]
}

function annotationOf(error: DomainctlError, { now, name }: { now: Date; name?: string }): Annotation {
  const about = name === undefined || error.message.includes(name) ? '' : `${shortened(name)}: `
  const again = error.retryAt ? ` Try again ${when(error.retryAt, now)}.` : ''
  const message = printable(`${about}${error.message} ${error.hint}${again} (${error.code}: domainctl help ${error.code})`)
  return { level: 'error', title: titleOf(error.code), message }
}

function titleOf(text: string): string {
  return `domainctl: ${printable(shortened(text))}`
}
