import { type Change, DomainctlError, type RRset } from '@domainctl/core'
import { type RecordSet, type SetChange, TTL } from './types.ts'
import { canonicalName, canonicalValue, plainValue, writtenValue } from './values.ts'

/** What one caller wants of one set. */
export interface Edit {
  kind: 'add' | 'remove' | 'set'
  rrset: RRset
}

/** What becomes of an edit: refused, or made by the changes of the plan. */
export type Outcome = { error: DomainctlError } | { previous: RRset | null; isWritten: boolean }

/** Edits brought together into the changes of one batch. */
export interface Plan {
  changes: SetChange[]
  /** One for each edit, in their order. */
  outcomes: Outcome[]
}

/** One value: as it is written there, and in the form in which values are compared. */
interface Held {
  written: string
  plain: string
}

/** A set while edits are made to it. */
interface Draft {
  name: string
  type: string
  stored: readonly RecordSet[]
  ttl: number
  held: Held[]
}

/**
 * The changes that make the edits, one after the other, on the sets that were read: all of the names of the edits, whatever
 * their type. A value that stays is written as it was, and so is the TTL of a set that is added to.
 */
export function planOf(edits: readonly Edit[], stored: readonly RecordSet[]): Plan {
  const drafts = new Map<string, Draft>()
  const draftOf = (name: string, type: string): Draft => {
    const key = `${name} ${type}`
    const draft =
      drafts.get(key) ??
      newDraft(
        name,
        type,
        stored.filter((set) => set.name === name && set.type === type),
      )
    drafts.set(key, draft)
    return draft
  }
  for (const { name, type } of stored) draftOf(name, type)

  const made = edits.map(({ kind, rrset }): { outcome: Outcome; draft: Draft } => {
    const draft = draftOf(canonicalName(rrset.name), rrset.type)
    try {
      const previous = plainSet(draft)
      apply(kind, rrset, draft, [...drafts.values()])
      return { outcome: { previous, isWritten: false }, draft }
    } catch (error) {
      if (error instanceof DomainctlError) return { outcome: { error }, draft }
      throw error
    }
  })

  const changed = [...drafts.values()].filter(isChanged)
  const deletions = changed.flatMap(({ stored }): SetChange[] => stored.map((set) => ({ action: 'DELETE', set })))
  const creations = changed
    .filter(({ held }) => held.length > 0)
    .map(({ name, type, ttl, held }): SetChange => {
      return { action: 'CREATE', set: { name, type, ttl, values: held.map(({ written }) => written) } }
    })
  // All that goes, goes first: a CNAME can take the place of others in one batch (Netflix/denominator#42).
  return {
    changes: [...deletions, ...creations],
    outcomes: made.map(({ outcome, draft }) => ('error' in outcome ? outcome : { ...outcome, isWritten: isChanged(draft) })),
  }
}

/** The sets of one name and type as one; null where there is no value, as in an alias. `name` is in canonical form. */
export function rrsetOf(name: string, type: RRset['type'], stored: readonly RecordSet[]): RRset | null {
  return plainSet(
    newDraft(
      name,
      type,
      stored.filter((set) => set.name === name && set.type === type),
    ),
  )
}

/** What a change answers with. */
export function changed(outcome: Exclude<Outcome, { error: unknown }>, kind: Edit['kind'], id: string | undefined): Change {
  return {
    ...(outcome.isWritten && id !== undefined ? { status: 'pending', id } : { status: 'applied' }),
    ...(kind === 'set' && { previous: outcome.previous }),
  }
}

function newDraft(name: string, type: string, stored: readonly RecordSet[]): Draft {
  const held = stored.flatMap(({ values }) => values.map((written) => ({ written, plain: plainValue(type, written) })))
  return { name, type, stored, ttl: Math.min(...stored.map(({ ttl }) => ttl)), held }
}

function plainSet({ name, type, ttl, held }: Draft): RRset | null {
  if (held.length === 0) return null
  return { name, type: type as RRset['type'], ttl, values: [...new Set(held.map(({ plain }) => plain))] }
}

/** @throws DomainctlError `PROVIDER_CONFLICT`, `PROVIDER_REFUSED`; the draft is as it was then */
function apply(kind: Edit['kind'], rrset: RRset, draft: Draft, drafts: readonly Draft[]): void {
  const wanted = [...new Set(rrset.values.map((value) => canonicalValue(rrset.type, value)))]
  const isHeld = (plain: string): boolean => draft.held.some((each) => each.plain === plain)
  const special = draft.stored.find((set) => set.special !== undefined)?.special
  if (kind === 'remove') {
    if (!wanted.some(isHeld)) return
    if (special !== undefined) throw notSimple(draft, special)
    draft.held = draft.held.filter(({ plain }) => !wanted.includes(plain))
    return
  }
  if (special !== undefined) throw notSimple(draft, special)
  if (rrset.type === 'CNAME' && wanted.length > 1) throw severalCnames(draft.name)
  if (wanted.length > 0) keepApart(draft, drafts)
  const fresh = wanted.filter((plain) => !isHeld(plain)).map((plain) => ({ written: writtenValue(rrset.type, plain), plain }))
  if (kind === 'set') {
    draft.held = [...draft.held.filter(({ plain }) => wanted.includes(plain)), ...fresh]
    draft.ttl = ttlFor(rrset.ttl)
    return
  }
  if (fresh.length === 0) return
  if (rrset.type === 'CNAME' && draft.held.length > 0) throw otherCname(draft)
  // The TTL of a set is that of all its values: those of others keep theirs.
  if (draft.held.length === 0) draft.ttl = ttlFor(rrset.ttl)
  draft.held = [...draft.held, ...fresh]
}

/** A CNAME stands alone (RFC 1034 §3.6.2). */
function keepApart(draft: Draft, drafts: readonly Draft[]): void {
  const others = drafts.filter(({ name, type, stored, held }) => {
    const isThere = held.length > 0 || stored.some((set) => set.special !== undefined)
    return name === draft.name && type !== draft.type && isThere
  })
  if (draft.type === 'CNAME' && others.length > 0) throw recordsInTheWay(draft.name, others)
  const cname = others.find(({ type }) => type === 'CNAME')
  if (cname === undefined) return
  throw new DomainctlError(
    'PROVIDER_CONFLICT',
    `${draft.name} is a CNAME to ${targetOf(cname)}, and no ${draft.type} record can stand beside a CNAME (RFC 1034 §3.6.2).`,
    { hint: `Remove the CNAME record of ${draft.name}, or make the ${draft.type} record at its target.` },
  )
}

function isChanged({ stored, ttl, held }: Draft): boolean {
  const before = stored.flatMap(({ values }) => values).sort()
  const after = held.map(({ written }) => written).sort()
  const isSame = before.length === after.length && after.every((written, i) => written === before[i])
  return !isSame || (held.length > 0 && stored.every((set) => set.special === undefined && set.ttl !== ttl))
}

function ttlFor(ttl: number): number {
  return Math.min(TTL.max, Math.max(TTL.min, Math.ceil(ttl)))
}

/** cert-manager#5388: one of several sets cannot stand beside a simple one, and takes the place of none. */
function notSimple({ name, type }: Draft, special: string): DomainctlError {
  return new DomainctlError(
    'PROVIDER_CONFLICT',
    `The ${type} record of ${name} at Route 53 is not a simple one: it is ${special}.`,
    {
      hint: `Remove it in the Route 53 console, or replace it by a simple ${type} record; domainctl writes no other.`,
    },
  )
}

function recordsInTheWay(name: string, others: readonly Draft[]): DomainctlError {
  const types = others.map(({ type }) => type).join(', ')
  return new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} has records (${types}), and no CNAME can stand beside other records (RFC 1034 §3.6.2).`,
    { hint: `Remove the other records of ${name}, or use A and AAAA records instead of the CNAME.` },
  )
}

function otherCname(draft: Draft): DomainctlError {
  return new DomainctlError('PROVIDER_CONFLICT', `${draft.name} is a CNAME to ${targetOf(draft)} already.`, {
    hint: `Change or remove the CNAME record of ${draft.name}.`,
  })
}

function severalCnames(name: string): DomainctlError {
  return new DomainctlError('PROVIDER_REFUSED', `${name} cannot have more than one CNAME (RFC 2181 §10.1).`, {
    hint: 'Give one target.',
  })
}

function targetOf({ stored, held }: Draft): string {
  return held[0]?.plain ?? stored.find((set) => set.special !== undefined)?.special ?? 'another name'
}
