import { existsSync } from 'node:fs'
import {
  type AuthorityStatus,
  type CaBudget,
  type Domainctl,
  DomainctlError,
  systemClock,
  toDomainctlError,
} from '@domainctl/core'
import { reachOf } from '../config/reach.ts'
import { shownState } from '../config/shown-state.ts'
import type { Context } from '../context.ts'
import { exitCodeOf, reportError } from '../exit.ts'
import { budgetLines } from '../output/budgets.ts'
import { lookLines } from '../output/look-lines.ts'
import { startProgress } from '../output/progress.ts'
import { accountLines, domainLines, providerLines, runLines } from './checkup-fleet.ts'
import { type CheckupLine, failing } from './checkup-line.ts'
import { diskLines, resolverLines, targetLines } from './checkup-machine.ts'

/** A signature is refused, or a certificate not yet valid, long before; a CA's own clock is off by seconds at most. */
const CLOCK = { warnMs: 30_000, failMs: 5 * 60_000 }

/** `doctor`: whether this installation can do its work, and what is left of the limits of its CAs. Changes nothing. */
export async function checkup(context: Context): Promise<number> {
  const { io, output } = context
  const progress = await startProgress(io, output, 1)
  const { lines, budgets } = await look(context, progress.update).finally(progress.stop)
  if (output.json) {
    const checks = lines.map(({ error, ...line }) => ({ ...line, ...(error && { error: reportError(error) }) }))
    output.document({ ok: lines.every(({ status }) => status !== 'fail'), checks, budgets })
  } else {
    output.print(...lines.flatMap((line) => lookLines(line, context)), ...budgetLines(budgets, context))
  }
  for (const { what, of, status, explanation, fix = '', error } of lines) {
    const warnings = status === 'warn' ? [`${explanation}. ${fix}`] : []
    output.pipeline?.add({ name: `${what} ${of}`, changed: false, what: status, warnings, ...(error && { error }) })
  }
  const failed = lines.find(({ status }) => status === 'fail')
  return failed?.error ? exitCodeOf(failed.error) : 0
}

async function look(
  context: Context,
  onProgress: (progress: { name: string; message: string }) => void,
): Promise<{ lines: CheckupLine[]; budgets: CaBudget[] }> {
  const { config, io } = context
  const configuration = configurationLine(context)
  const lines: CheckupLine[] = [configuration, ...(await channelLines(context))]
  try {
    const domainctl = await context.domainctl()
    const state = await stateLine(domainctl, shownState(config.settings.state))
    lines.push(state, ...(state.status === 'ok' ? await diskLines(context) : []))
    lines.push(...(await resolverLines(context)), ...(await providerLines(domainctl, context)), ...targetLines(context))
    const statuses = await domainctl.authorities({ signal: io.signal, onProgress })
    for (const status of statuses) lines.push(...linesOfCa(status))
    lines.push(...(await accountLines(domainctl, statuses, context)))
    const budgets = await domainctl.budgets()
    for (const { ca, isCounted } of statuses) lines.push(...limitLines(ca, isCounted, budgets))
    lines.push(...(await domainLines(domainctl, io.now())), ...runLines(context))
    return { lines, budgets }
  } catch (thrown) {
    const error = toDomainctlError(thrown, io.signal)
    if (error.kind === 'interrupted') throw error
    // A CA of the file may be wrong in itself; and a state that could be listed may need another key.
    const failed =
      error.code === 'CONFIG_INVALID'
        ? failing('configuration', configuration.of, error)
        : failing('state', shownState(config.settings.state), error)
    const told = [...lines.filter(({ what }) => what !== failed.what), failed]
    // What can be looked at without it is mended in the same round.
    const isApart = failed.what === 'state'
    const others = isApart ? [...(await resolverLines(context)), ...targetLines(context), ...runLines(context)] : []
    return { lines: [...told, ...others.filter(({ what }) => !told.some((line) => line.what === what))], budgets: [] }
  }
}

function configurationLine({ config }: Context): CheckupLine {
  const { file, settings } = config
  const of = file?.shown ?? 'flags and environment'
  const explanation = `CA: ${settings.ca.join(', ')}; DNS provider: ${settings.provider ?? 'the one that has the zone, else by hand'}`
  const withoutContact = settings.email === undefined
  return {
    what: 'configuration',
    of,
    status: withoutContact ? 'warn' : 'ok',
    explanation: withoutContact ? `${explanation}; no contact address` : explanation,
    ...(withoutContact && { fix: 'Set email (--email, DOMAINCTL_EMAIL), so that the CA can reach you.' }),
  }
}

/** Whether the settings of each channel are whole; nothing is sent. */
async function channelLines({ config, io }: Context): Promise<CheckupLine[]> {
  const { channels } = config.notifications ?? {}
  if (!channels) return []
  const runtime = { clock: systemClock(), reach: reachOf(config.settings.allowPrivate, io) }
  return Promise.all(
    [...channels.values()].map(async ({ name, type, open }): Promise<CheckupLine> => {
      try {
        await (await open(runtime)).close?.()
        const explanation = `${type}, set up; domainctl notify test sends a sample`
        return { what: 'channel', of: name, status: 'ok', explanation }
      } catch (thrown) {
        return failing('channel', name, toDomainctlError(thrown, io.signal))
      }
    }),
  )
}

async function stateLine(domainctl: Domainctl, of: string): Promise<CheckupLine> {
  const { domains } = await domainctl.list({ tenant: null }, { limit: 1 })
  if (of.startsWith('file:') && !existsSync(of.slice('file:'.length))) {
    return { what: 'state', of, status: 'ok', explanation: 'not there yet; the first domainctl add or issue makes it' }
  }
  const explanation = domains.length === 0 ? 'readable, without domains' : 'readable'
  return { what: 'state', of, status: 'ok', explanation }
}

function linesOfCa({ ca, account, error, rests, isReachable, clockAheadMs }: AuthorityStatus): CheckupLine[] {
  const clock = clockAheadMs === undefined ? [] : clockLines(ca, clockAheadMs)
  if (error) return [failing('ca', ca, error), ...(isReachable ? clock : [])]
  const known = account === null ? 'answers; the first order makes an account' : 'answers, and knows the account'
  if (!rests) return [{ what: 'ca', of: ca, status: 'ok', explanation: known }, ...clock]
  const explanation = `${known}; has failed, and rests until ${rests.until.toISOString()}: ${rests.reason}`
  return [
    { what: 'ca', of: ca, status: 'warn', explanation, fix: 'Nothing has to be done; --force asks it all the same.' },
    ...clock,
  ]
}

function clockLines(ca: string, aheadMs: number): CheckupLine[] {
  const off = Math.abs(aheadMs)
  const status = off >= CLOCK.failMs ? 'fail' : off >= CLOCK.warnMs ? 'warn' : 'ok'
  if (status === 'ok') return [{ what: 'clock', of: ca, status, explanation: 'agrees with the CA' }]
  const explanation = `this machine is ${Math.round(off / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the CA`
  const fix = 'Set the clock of this machine (NTP): certificates are valid by it, and waits are counted by it.'
  const error = new DomainctlError('CLOCK_WRONG', `${explanation}.`, { hint: fix })
  return [{ what: 'clock', of: ca, status, explanation, fix, ...(status === 'fail' && { error }) }]
}

function limitLines(ca: string, isCounted: boolean, budgets: readonly CaBudget[]): CheckupLine[] {
  if (!isCounted) {
    const explanation = 'none are known, none are counted'
    return [{ what: 'limits', of: ca, status: 'ok', explanation }]
  }
  const spent = budgets.filter((budget) => budget.ca === ca && budget.left === 0)
  const [first] = spent.toSorted((a, b) => a.nextAt.getTime() - b.nextAt.getTime())
  if (!first) return [{ what: 'limits', of: ca, status: 'ok', explanation: 'there is room' }]
  const explanation = `${spent.length} of them ${spent.length === 1 ? 'has' : 'have'} no room; the first has at ${first.nextAt.toISOString()}`
  const fix = 'Orders are refused until then, and nothing is lost by it. What was agreed with the CA is said by cas.NAME.limits.'
  return [{ what: 'limits', of: ca, status: 'warn', explanation, fix }]
}
