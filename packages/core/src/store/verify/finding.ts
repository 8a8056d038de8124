import type { Actor } from '../../errors.ts'

/** How bad it is: `error` something is lost or will fail, `warning` it may be wrong, `note` it is good to know. */
export type FindingSeverity = 'error' | 'warning' | 'note'

/** What kind of fault it is. */
export type FindingKind = 'database' | 'schema' | 'value' | 'secret' | 'certificate' | 'reference' | 'implausible'

/** Something that is not as domainctl writes it. */
export interface StateFinding {
  severity: FindingSeverity
  kind: FindingKind
  table?: string
  /** The id of the row, or the columns that tell it apart, with blanks between them. */
  row?: string
  column?: string
  /** What was found: a sentence for people; never a value that is sealed. */
  what: string
  /** Who must act. */
  actor: Actor
  /** What to do, as a sentence that names the step. */
  fix: string
}

/** How many findings there are of each severity, also of those that are not kept. */
export type FindingCounts = Record<FindingSeverity, number>

export type NewFinding = Omit<StateFinding, 'actor' | 'fix'> & { fix?: string; actor?: Actor }

/** Of a state that is wrong throughout a person reads no million lines. */
const MOST_KEPT = 1_000

const FIXES: Readonly<Record<FindingKind, string>> = {
  database: 'Restore the state from a backup. What can still be read of it goes to a new place by `domainctl state copy`.',
  schema: 'Restore the state from a backup, or copy it to a new place with `domainctl state copy`, which makes every table anew.',
  value: 'Something other than domainctl has changed it: restore the state from a backup, or put back what stood there.',
  secret:
    'The secret is lost here: take the row from a backup, or replace what it belongs to (`domainctl issue NAME --force`, `domainctl account rotate-key`).',
  certificate: 'Have a new one: `domainctl issue NAME --force`.',
  reference: 'Something other than domainctl has changed the rows: restore the state from a backup.',
  implausible: 'See whether the clock of a machine was wrong; `domainctl verify NAME` looks at the domain anew.',
}

/** Collects findings. */
export class Findings {
  readonly kept: StateFinding[] = []
  readonly counts: FindingCounts = { error: 0, warning: 0, note: 0 }

  add(found: NewFinding): void {
    this.counts[found.severity] += 1
    if (this.kept.length < MOST_KEPT) this.kept.push({ actor: 'operator', fix: FIXES[found.kind], ...found })
  }

  /** Takes over what was found elsewhere. */
  addAll({ kept, counts }: Findings): void {
    for (const finding of kept) if (this.kept.length < MOST_KEPT) this.kept.push(finding)
    for (const severity of ['error', 'warning', 'note'] as const) this.counts[severity] += counts[severity]
  }
}
