import type { Check, Fix, PlainRecord } from '@domainctl/core'
import { steady, within } from './prose.ts'
import { apart, editedLines, goneLines, panelLines, type Wanted, wantedLines } from './record-lines.ts'

type Placed = Pick<Check, 'zone' | 'host' | 'problem'>

/** Where the one step says no more than the records below it. */
const SAID_BY_FIX: ReadonlySet<string> = new Set([
  'RECORD_HIDDEN_BY_CNAME',
  'RECORD_WRONG',
  'ROUTING_ELSEWHERE',
  'ROUTING_MIXED',
  'ROUTING_AAAA_ELSEWHERE',
  'ROUTING_WILDCARD_SHADOWED',
  'RECORD_VALUE_KIND',
  'CHAIN_BROKEN',
  'CHAIN_LOOP',
])

/** What passes by itself, and is right already. */
const BY_ITSELF: ReadonlySet<string> = new Set(['CACHE_OLD', 'CACHE_NEGATIVE'])

/** What has to be done about findings of one kind: the steps, then the records, ready to be copied. */
export function whatToDo(alike: readonly Check[], width: number): string[] {
  const [check] = alike
  if (!check || (check.ok && BY_ITSELF.has(check.problem ?? ''))) return []
  const steps = stepLines(alike, width)
  const fixes = [...new Map(alike.flatMap(({ fix }) => (fix ? [[JSON.stringify(fix), fix] as const] : []))).values()]
  if (fixes.length > 0 && fixes.every(({ action }) => action === 'wait')) return [...steps, 'Nothing has to be changed.']
  const changes = fixes.filter(({ action }) => action !== 'wait')
  return [...steps, ...recordsToChange(changes, check, width)]
}

function stepLines(alike: readonly Check[], width: number): string[] {
  const advice = alike.flatMap((check) => {
    const { advice = [], fix, problem = '' } = check
    return fix && advice.length === 1 && SAID_BY_FIX.has(problem) && !isAddedBeside(check) ? [] : advice
  })
  const steps = [...new Set(advice)].map(steady)
  const isList = steps.length > 1 && alike.every(({ fix }) => fix === undefined)
  if (!isList) return steps.flatMap((step) => within(step, width))
  return steps.flatMap((step, i) => within(step, width - 3).map((line, n) => `${n === 0 ? `${i + 1}.` : '  '} ${line}`))
}

/** Beside others that have to stay. */
function isAddedBeside({ problem, fix }: Check): boolean {
  return problem === 'RECORD_WRONG' && fix?.action === 'create'
}

function recordsToChange(fixes: readonly Fix[], check: Placed, width: number): string[] {
  const edits = fixes.flatMap((fix) => {
    const old = editOf(fix)
    return old ? [{ fix, old }] : []
  })
  const others = fixes.filter((fix) => !editOf(fix))
  const isRemoval = ({ action }: Fix) => action === 'remove'
  const gone = others.flatMap((fix) => fix.remove ?? (isRemoval(fix) ? [plain(fix)] : []))
  const made = others.filter((fix) => !isRemoval(fix))
  const make = madeLines(made, { ...check, isAfter: gone.length > 0 }, width)
  const remove = removedLines(gone, check, width)
  // A name cannot have both, not even for a moment: what is wrong goes first.
  const isFirst = made.some(({ action }) => action === 'change')
  return [...editLines(edits, check, width), ...(isFirst ? [...remove, ...make] : [...make, ...remove])]
}

/** The one record that is there already, of the same name and type, and has to get another value. */
function editOf({ action, type, name, more = [], remove = [] }: Fix): PlainRecord | undefined {
  const [old, ...others] = remove
  const isEdit = action === 'change' && more.length === 0 && others.length === 0 && old?.type === type && old.name === name
  return isEdit ? old : undefined
}

function editLines(edits: readonly { fix: Fix; old: PlainRecord }[], { zone }: Placed, width: number): string[] {
  const forms = edits.flatMap(({ fix: { panel } }) => panel ?? [])
  const [what, they, one] =
    edits.length === 1 ? ['this record', 'it says', ''] : ['these records', 'they say', ' for any of them']
  if (forms.length > 0 && forms.length === edits.length)
    return [`Edit ${what} at ${forms[0]?.title}, so that ${they}:`, ...panelLines(forms, width)]
  const lines = edits.map(({ fix, old }) => editedLines(fix, old, { zone, width: width - 2 }))
  return edits.length === 0 ? [] : [`Edit ${what}; do not add a second one${one}:`, ...inset(apart(lines))]
}

function madeLines(fixes: readonly Fix[], o: Placed & { isAfter: boolean }, width: number): string[] {
  const { zone, problem } = o
  const wanted = fixes.flatMap(({ more = [], panel, ...fix }): Wanted[] => [{ ...fix, ...(panel && { panel }) }, ...more])
  if (wanted.length === 0) return []
  const what = wanted.length === 1 ? 'this record' : `these ${wanted.length} records`
  const isChange = fixes.every(({ action }) => action === 'change')
  const isEdit = isChange && !o.isAfter
  const intro = isEdit ? `Edit ${what} (do not add another one)` : `${isChange ? 'Then make' : 'Make'} ${what}`
  const forms = wanted.flatMap(({ panel }) => panel ?? [])
  if (forms.length === wanted.length)
    return [
      `${isEdit ? `Edit ${what}` : intro} at ${forms[0]?.title}${isEdit ? ', so that it says' : ''}:`,
      ...panelLines(forms, width),
    ]
  // Whoever added the zone twice has a panel that adds it: the whole name would be the same mistake again.
  const whole = problem !== 'RECORD_ZONE_DOUBLED'
  const lines = wantedLines(wanted, { zone, width: width - 2, whole })
  const isTable = wanted.length > 1 && !lines[0]?.startsWith('type    ')
  const ttl = isTable ? ` (TTL ${wanted[0]?.ttl})` : ''
  return [`${intro}${ttl}:`, ...inset(lines), ...(whole && zone !== undefined ? nameNote(wanted, zone, width) : [])]
}

/** Panels differ in whether a name is entered with its zone. */
function nameNote(wanted: readonly Wanted[], zone: string, width: number): string[] {
  if (wanted.every(({ name }) => name === zone))
    return within(`@ stands for ${steady(zone)}; some panels want the name left empty.`, width)
  if (!wanted.some(({ name }) => name.endsWith(`.${zone}`))) return []
  return within(`Most panels add ".${steady(zone)}" themselves: enter the short name.`, width)
}

/** A zone may have thousands of them. */
const MOST_REMOVED = 6

function removedLines(gone: readonly PlainRecord[], { zone, host }: Placed, width: number): string[] {
  if (gone.length === 0) return []
  const what = gone.length === 1 ? 'this record' : `these ${gone.length} records`
  // A known panel lists names without the zone.
  const o = { zone: host && zone, width: width - 2 }
  const more = gone.length > MOST_REMOVED ? [`and ${gone.length - MOST_REMOVED} more: --json has them all`] : []
  return [`Remove ${what}:`, ...inset([...gone.slice(0, MOST_REMOVED).flatMap((record) => goneLines(record, o)), ...more])]
}

function plain({ type, name, value }: Fix): PlainRecord {
  return { type, name, value }
}

function inset(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
