import { type AddOptions, type Domainctl, DomainctlError, type DomainReport, toDomainctlError } from '@domainctl/core'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { csrOption, namesOrOfRequest } from '../csr-flag.ts'
import { addOptions, type DomainFlags } from '../domain-flags.ts'
import type { NameFlags } from '../names.ts'
import { chosenPlaces, nextAfterAdd, nextAfterApplyFailure, nextAfterFailure, nextAfterUnapply } from '../next.ts'
import { appliedLines, notes, takenBackLines } from '../output/applied.ts'
import { shownName } from '../output/domain.ts'
import { mark } from '../output/marks.ts'
import { columnsOf } from '../output/output.ts'
import type { Paint } from '../output/paint.ts'
import { recordsToCreate } from '../output/records.ts'
import { type WaitFlags, waitMsOf } from '../wait.ts'

export interface AddFlags extends DomainFlags, NameFlags, WaitFlags {
  apply?: boolean
  unapply?: boolean
  force?: boolean
}

/** `add NAME…`: puts domains into the state and says which records to make; with `--apply` it makes them. */
export async function add(context: Context, typed: string[], flags: AddFlags): Promise<number> {
  const csr = await csrOption(context, flags)
  const options = { ...addOptions(flags), ...csr }
  const waitMs = waitMsOf(flags)
  refuseMixed(flags, options)
  const names = await namesOrOfRequest(context, typed, flags, csr)
  if (flags.unapply) return unapply(context, names)
  return flags.apply ? apply(context, names, { options, flags, waitMs }) : addOnly(context, names, options)
}

async function addOnly(context: Context, names: string[], options: AddOptions): Promise<number> {
  const { paint } = context.output
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const domain = await domainctl.add(name, { ...options, ...o })
      return { domain, warnings: unroutedWarnings(domain, options), next: nextAfterAdd(domain) }
    },
    describe: (result) => {
      const { domain, error } = result
      if (!domain || error) return []
      const { records } = domain
      return [
        addedLine(domain, paint),
        ...(records.length === 0
          ? ['No record has to be made beforehand.']
          : recordsToCreate(records, paint, columnsOf(context.io))),
        ...('warnings' in result ? notes(result.warnings, paint) : []),
      ]
    },
  })
}

async function apply(
  context: Context,
  names: string[],
  { options, flags, waitMs }: { options: AddOptions; flags: AddFlags; waitMs: number | undefined },
): Promise<number> {
  const { paint } = context.output
  const chosen = chosenPlaces(context.flags)
  const how = { ...(flags.force && { force: true }), ...(waitMs !== undefined && { waitMs }) }
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const added = (await thereAlready(domainctl, name, options)) ?? (await domainctl.add(name, { ...options, ...o }))
      try {
        const { domain, records, warnings } = await domainctl.apply(name, { ...how, ...o })
        return { domain, records, warnings: [...unroutedWarnings(domain, options), ...warnings], next: nextAfterAdd(domain) }
      } catch (thrown) {
        const error = toDomainctlError(thrown, o.signal)
        // It is in the state all the same, and looked at.
        const domain = await domainctl.get(name).catch(() => added)
        return { domain, error, next: nextAfterApplyFailure(domain.name, error, flags) }
      }
    },
    describe: (result) => {
      const { domain, error } = result
      if (!domain) return []
      const columns = columnsOf(context.io)
      if ('records' in result && result.records) {
        const { records, warnings } = result
        return [addedLine(domain, paint), ...appliedLines({ name: domain.name, records, warnings, chosen }, paint, columns)]
      }
      if (error?.code !== 'DNS_NOT_READY') return []
      const open = domain.records.filter(({ purpose, state }) => purpose === 'ownership' && state !== 'ok')
      return [addedLine(domain, paint), ...(open.length > 0 ? recordsToCreate(open, paint, columns) : [])]
    },
  })
}

async function unapply(context: Context, names: string[]): Promise<number> {
  const { paint } = context.output
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const { domain, removed, restored, late, warnings } = await domainctl.unapply(name, o)
      const skipped = removed.length + restored.length + warnings.length === 0
      const next = nextAfterUnapply(domain, { isLate: late.length > 0 })
      return { domain, removed, restored, late, warnings, ...(skipped && { skipped }), next }
    },
    afterFailure: (name, error) => (error.code === 'DOMAIN_NOT_FOUND' ? nextAfterFailure('add', name, error) : []),
    describe: (result) => {
      if (!('removed' in result)) return []
      const what = result.skipped ? 'had no records of ours' : 'is without our records; it stays in the state'
      return [`${mark(paint, 'ok')} ${shownName(result.domain)} ${what}.`, ...takenBackLines(result, paint)]
    },
  })
}

/** A domain that is there, where no option says what it should be like: then nothing of it has to be repeated. */
async function thereAlready(domainctl: Domainctl, name: string, options: AddOptions): Promise<DomainReport | null> {
  if (says(options)) return null
  try {
    const domain = await domainctl.get(name)
    return domain.status === 'deleted' ? null : domain
  } catch (error) {
    if (error instanceof DomainctlError && error.code === 'DOMAIN_NOT_FOUND') return null
    throw error
  }
}

/** Whether the options say anything of the domain; the CA is an option of all commands. */
function says({ ca: _, ...options }: AddOptions): boolean {
  return Object.keys(options).length > 0
}

/** What `--target` and `--address` do not do for the wildcards among the names, where they were given. */
function unroutedWarnings({ names }: DomainReport, { target, addresses }: AddOptions): string[] {
  const wildcards = names.filter((name) => name.startsWith('*.'))
  if (wildcards.length === 0 || (target === undefined && addresses === undefined)) return []
  const others = names.filter((name) => !name.startsWith('*.'))
  const what = target === undefined ? '--address' : '--target'
  const rest = others.length === 0 ? 'no name of this domain' : others.join(', ')
  return [`${what} is not for ${wildcards.join(', ')}: a wildcard gets no record that leads it anywhere. It is for ${rest}.`]
}

function addedLine(domain: DomainReport, paint: Paint): string {
  return `${mark(paint, 'ok')} ${shownName(domain)} is in the state (${domain.status}, provider ${domain.provider}).`
}

/** @throws DomainctlError `USAGE` */
function refuseMixed(flags: AddFlags, options: AddOptions): void {
  const { apply, unapply, force, wait, timeout } = flags
  const waits = wait ? '--wait' : timeout === undefined ? undefined : '--timeout'
  if (unapply && (apply || force || waits || says(options))) {
    throw new DomainctlError('USAGE', '--unapply was given together with other options of add.', {
      hint: 'Give the names alone: domainctl add NAME --unapply.',
    })
  }
  const lone = apply ? undefined : force ? '--force' : waits
  if (lone === undefined) return
  throw new DomainctlError('USAGE', `${lone} was given without --apply.`, {
    hint: `Give both, or leave ${lone} out: without --apply nothing is written to the DNS.`,
  })
}
