import { statSync } from 'node:fs'
import { type AuthorityStatus, type Domainctl, DomainctlError, type DomainReport, type ListFilter } from '@domainctl/core'
import type { Context } from '../context.ts'
import { describeDuration } from '../time.ts'
import { type CheckupLine, failing } from './checkup-line.ts'

// What `doctor` looks at beyond this machine: credentials, accounts, the domains themselves, and whether somebody works on them.

/** Names that a line has room for. */
const MOST_NAMES = 3

/** Renewals have been due for so long that nobody is at work. */
const OVERDUE_MS = 24 * 3_600_000

/** `run` touches its file after each look, which is some seconds apart. */
const SILENT_MS = 5 * 60_000

/** What each credential may do; a provider that only the environment sets up may be there for another purpose. */
export async function providerLines(domainctl: Domainctl, { config, io }: Context): Promise<CheckupLine[]> {
  const statuses = await domainctl.providers({ signal: io.signal })
  const inFile = await Promise.all(
    [...config.providers.values()].map(async ({ name, describe }) => {
      const values = await describe().catch(() => [])
      return values.some(({ source }) => source === config.file?.shown) ? [name] : []
    }),
  )
  return statuses.flatMap(({ name, access, error, isDefault, configuredZones }): CheckupLine[] => {
    if (config.providers.get(name)?.type === 'manual') return []
    if (error) {
      const line = failing('provider', name, error)
      const isMeant = isDefault || configuredZones.length > 0 || inFile.flat().includes(name)
      return [isMeant ? line : { ...line, status: 'warn' }]
    }
    const zones = access?.zones.map((zone) => zone.name) ?? []
    const readOnly = access?.zones.filter(({ mayWrite }) => mayWrite === false).map((zone) => zone.name) ?? []
    const works = zones.length === 0 ? 'the credential works' : `the credential works, for ${some(zones)}`
    if (access?.complete && zones.length === 0) {
      const fix = 'Give the credential a zone, or take it away.'
      return [{ what: 'provider', of: name, status: 'warn', explanation: 'the credential works, and has no zone', fix }]
    }
    if (readOnly.length > 0) {
      const fix = 'Give the credential the right to write DNS records there.'
      return [{ what: 'provider', of: name, status: 'warn', explanation: `may only read ${some(readOnly)}`, fix }]
    }
    const [warned] = access?.warnings ?? []
    if (warned === undefined) return [{ what: 'provider', of: name, status: 'ok', explanation: works }]
    return [{ what: 'provider', of: name, status: 'warn', explanation: warned, fix: 'domainctl providers says more.' }]
  })
}

/** Whether the CAs still know the accounts that are used there; where none answers its own line says so. */
export async function accountLines(
  domainctl: Domainctl,
  cas: readonly AuthorityStatus[],
  { io }: Context,
): Promise<CheckupLine[]> {
  const answering = cas.filter(({ isReachable, account }) => isReachable && account !== null).map(({ ca }) => ca)
  if (answering.length === 0) return []
  const used = (await domainctl.accounts({ check: true, signal: io.signal })).filter(
    ({ inUse, ca }) => inUse && answering.includes(ca),
  )
  return used.map(({ name, ca, status, error, domains }): CheckupLine => {
    const of = `${name} at ${ca}`
    if (status === 'valid')
      return {
        what: 'account',
        of,
        status: 'ok',
        explanation: `is valid; ${domains === 1 ? '1 certificate comes' : `${domains} certificates come`} from it`,
      }
    if (status === 'planned') return { what: 'account', of, status: 'ok', explanation: 'the next order makes it' }
    if (status === 'not asked') {
      const explanation = `could not be asked for: ${error?.message ?? status}`
      return { what: 'account', of, status: 'warn', explanation, fix: error?.hint ?? 'Repeat domainctl doctor later.' }
    }
    const fix = 'domainctl account list --help; domainctl account deactivate lets it go, and the next order makes another.'
    const said = new DomainctlError('CA_ACCOUNT_INVALID', `The CA says that the account is ${status}.`, { hint: fix })
    return { what: 'account', of, status: 'fail', explanation: said.message, fix, error: said }
  })
}

/** Domains that will not renew as they are, of all tenants. */
export async function domainLines(domainctl: Domainctl, now: Date): Promise<CheckupLine[]> {
  const lines: CheckupLine[] = []
  const found = async (filter: ListFilter, limit = MOST_NAMES + 1) =>
    (await domainctl.list({ tenant: null, ...filter }, { limit })).domains
  const tell = (of: string, status: 'warn' | 'fail', domains: readonly DomainReport[], fix: string) => {
    if (domains.length > 0) lines.push({ what: 'domains', of, status, explanation: some(domains.map(({ name }) => name)), fix })
  }
  const soon = (await found({ expiringBefore: new Date(now.getTime() + 30 * 86_400_000) }, 100)).filter(
    ({ status }) => status !== 'suspended' && status !== 'deleted',
  )
  const expired = soon.filter(({ certificate }) => certificate && new Date(certificate.notAfter) <= now)
  const overdue = soon.filter(
    ({ certificate }) =>
      certificate && new Date(certificate.notAfter) > now && now.getTime() - new Date(certificate.renewAt).getTime() > OVERDUE_MS,
  )
  tell('expired', 'warn', expired, 'domainctl show NAME says why it was not renewed, domainctl renew NAME tries again.')
  tell('overdue', 'warn', overdue, 'They should have been renewed by now: domainctl renew does it, domainctl run always.')
  tell('failed', 'warn', await found({ status: 'failed' }), 'domainctl list --status failed; domainctl verify NAME revives one.')
  tell(
    'suspended',
    'warn',
    await found({ status: 'suspended' }),
    'They are not renewed: domainctl resume NAME takes one up again.',
  )
  const undeployed = soon.filter(({ deployments }) => deployments.some(({ error }) => error !== undefined))
  tell('not deployed', 'warn', undeployed, 'Their certificates do not serve everywhere: domainctl show NAME says where and why.')
  if (lines.length > 0) return lines
  const any = (await found({}, 1)).length > 0
  return any ? [{ what: 'domains', of: 'all', status: 'ok', explanation: 'none has failed, is suspended or is overdue' }] : []
}

/** Whether `run` is alive, where it was told to say so by a file. */
export function runLines({ config, io }: Context): CheckupLine[] {
  const { liveFile } = config.settings
  if (liveFile === undefined) return []
  const fix = 'Look at whatever is to keep it running (systemctl status domainctl), or start domainctl run.'
  try {
    const silentMs = io.now().getTime() - statSync(liveFile).mtimeMs
    if (silentMs <= SILENT_MS) return [{ what: 'run', of: liveFile, status: 'ok', explanation: 'domainctl run is alive' }]
    const explanation = `domainctl run has not looked at anything for ${describeDuration(silentMs)}`
    return [{ what: 'run', of: liveFile, status: 'warn', explanation, fix }]
  } catch {
    return [{ what: 'run', of: liveFile, status: 'warn', explanation: 'is not there: domainctl run is not running', fix }]
  }
}

function some(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMES).join(', ')}${names.length > MOST_NAMES ? ' …' : ''}`
}
