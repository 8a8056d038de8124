import { makeAccountVerbs } from './account-verbs.ts'
import type { Domainctl } from './contracts/domainctl.ts'
import type { VerbOptions } from './contracts/verb-options.ts'
import type { WrittenRecord } from './domain/model.ts'
import { parseName } from './domain/parse-name.ts'
import { reportCertificate } from './domain/report.ts'
import { toDomainctlError } from './errors.ts'
import { add } from './lifecycle/add.ts'
import { apply, unapply } from './lifecycle/apply.ts'
import { askForAdvice } from './lifecycle/ask-advice.ts'
import { audit, history } from './lifecycle/audit.ts'
import { authorities } from './lifecycle/authorities.ts'
import { budgets } from './lifecycle/budgets.ts'
import { checkHealth } from './lifecycle/check-health.ts'
import { deliverNotices } from './lifecycle/deliver-notices.ts'
import { deploy, deployOpen } from './lifecycle/deploy.ts'
import { doctor } from './lifecycle/doctor.ts'
import { health } from './lifecycle/health.ts'
import { importCertificate } from './lifecycle/import-certificate.ts'
import { type Issued, issue } from './lifecycle/issue.ts'
import { measureHealth } from './lifecycle/measure-health.ts'
import { providerStatuses } from './lifecycle/provider-status.ts'
import { testProvider } from './lifecycle/provider-test.ts'
import { release } from './lifecycle/release.ts'
import { remove } from './lifecycle/remove.ts'
import { renew, renewals } from './lifecycle/renew.ts'
import { revoke } from './lifecycle/revoke.ts'
import { exportCertificate, recordsSeen, report } from './lifecycle/see.ts'
import { findDomain, type Services } from './lifecycle/services.ts'
import { resume, suspend } from './lifecycle/suspend.ts'
import { testChannels } from './lifecycle/test-channels.ts'
import { verify } from './lifecycle/verify.ts'

/** The lifecycle in its public shapes: names as people type them go in, reports come out. */
export function makeVerbs(
  services: Services,
): Omit<Domainctl, 'list' | 'challengeResponse' | 'events' | 'run' | 'forTenant' | 'close'> {
  const primary = (input: string) => parseName(input).name
  const issued = async (name: string, { certificate, ...rest }: Issued, o: VerbOptions) => ({
    ...rest,
    ...(await deployAfterwards(services, name, o)),
    domain: await report(services, name),
    certificate: reportCertificate(certificate),
  })
  const aboutAccounts = makeAccountVerbs(services)
  return {
    accounts: atTheEdge(aboutAccounts.accounts),
    account: atTheEdge(aboutAccounts.account),
    rotateAccountKey: atTheEdge(aboutAccounts.rotateAccountKey),
    updateAccount: atTheEdge(aboutAccounts.updateAccount),
    deactivateAccount: atTheEdge(aboutAccounts.deactivateAccount),
    importAccount: atTheEdge(aboutAccounts.importAccount),
    exportAccountKey: atTheEdge(aboutAccounts.exportAccountKey),
    importCertificate: atTheEdge((o) => importCertificate(services, o)),
    add: atTheEdge(async (input, o = {}) => report(services, (await add(services, input, o)).name)),
    verify: atTheEdge(async (input, o = {}) => {
      const { domain, checks, error } = await verify(services, primary(input), o)
      return { domain, ok: !error, checks, ...(error && { error }) }
    }),
    doctor: atTheEdge(async (input, o = {}) => {
      const { name, domain, checks } = await doctor(services, input, o)
      return { name, domain, ok: checks.every(({ ok }) => ok), checks }
    }),
    issue: atTheEdge(async (input, o = {}) => issued(primary(input), await issue(services, input, o), o)),
    renew: atTheEdge(async (input, o = {}) => issued(primary(input), await renew(services, primary(input), o), o)),
    deploy: atTheEdge(async (input, o = {}) => {
      const name = primary(input)
      const { deployments, error } = await deploy(services, name, o)
      return { domain: await report(services, name), ok: !error, deployments, ...(error && { error }) }
    }),
    askRenewalAdvice: atTheEdge((o = {}) => askForAdvice(services, o)),
    budgets: atTheEdge((o = {}) => budgets(services, o)),
    authorities: atTheEdge((o = {}) => authorities(services, o)),
    renewals: atTheEdge((o = {}) => renewals(services, o)),
    apply: atTheEdge(async (input, o = {}) => {
      const name = primary(input)
      const applied = await apply(services, name, o)
      return { ...applied, domain: await report(services, name) }
    }),
    unapply: atTheEdge(async (input, o = {}) => {
      const name = primary(input)
      const { removed, ...rest } = await unapply(services, name, o)
      return { ...rest, removed: removed.map(plainRecord), domain: await report(services, name) }
    }),
    providers: atTheEdge((o = {}) => providerStatuses(services, o)),
    testProvider: atTheEdge((name, o = {}) => testProvider(services, name, o)),
    measureHealth: atTheEdge((input, o = {}) => measureHealth(services, input, o)),
    revoke: atTheEdge(async (input, o = {}) => {
      const name = primary(input)
      const revoked = await revoke(services, name, o)
      return { ...revoked, domain: await report(services, name) }
    }),
    remove: atTheEdge(async (input, o = {}) => {
      const name = primary(input)
      const { removed, ...rest } = await remove(services, name, o)
      return {
        ...rest,
        removed: removed.map(plainRecord),
        domain: await report(services, name),
      }
    }),
    release: atTheEdge(async (input, o = {}) => {
      const name = primary(input)
      return { name, erased: await release(services, name, o) }
    }),
    suspend: atTheEdge(async (input, o = {}) => {
      const name = primary(input)
      const warnings = await suspend(services, name, o)
      return { domain: await report(services, name), warnings }
    }),
    resume: atTheEdge(async (input, o = {}) => {
      const name = primary(input)
      await resume(services, name, o)
      return report(services, name)
    }),
    deliverNotices: atTheEdge((o = {}) => deliverNotices(services, o)),
    testChannels: atTheEdge((o = {}) => testChannels(services, o)),
    checkHealth: atTheEdge(({ names, ...o } = {}) =>
      checkHealth(services, { ...o, ...(names && { names: names.map(primary) }) }),
    ),
    health: atTheEdge((input, o = {}) => health(services, primary(input), o)),
    get: atTheEdge(async (input) => report(services, primary(input))),
    records: atTheEdge(async (input, o = {}) => recordsSeen(services, primary(input), o)),
    audit: atTheEdge((query = {}, page = {}) => audit(services, query, page)),
    history: atTheEdge(async (input, o = {}) => history(services, primary(input), o)),
    readRequest: atTheEdge(async (csr) => (await services.crypto()).readRequest(csr)),
    export: atTheEdge(async (input, o = {}) => exportCertificate(services, primary(input), o)),
  }
}

/** The certificate is there whatever becomes of this: what keeps it from being deployed now is no failure of its order. */
async function deployAfterwards(services: Services, name: string, o: VerbOptions) {
  const { deploy: targets = [] } = await findDomain(services, name)
  if (targets.length === 0) return {}
  try {
    const { deployments, error } = (await deployOpen(services, name, o)) ?? { deployments: [] }
    return { deployments, ...(error && { deployError: error }) }
  } catch (error) {
    return { deployments: [], deployError: toDomainctlError(error, o.signal) }
  }
}

function plainRecord({ name, type, value }: WrittenRecord) {
  return { name, type, value }
}

/** Callers get a DomainctlError whatever was thrown: `INTERRUPTED` for their own abort, `INTERNAL` for a fault of ours. */
function atTheEdge<A extends unknown[], R>(verb: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await verb(...args)
    } catch (error) {
      const o = args.at(-1)
      throw toDomainctlError(error, isVerbOptions(o) ? o.signal : undefined)
    }
  }
}

function isVerbOptions(o: unknown): o is VerbOptions {
  return typeof o === 'object' && o !== null && 'signal' in o && o.signal instanceof AbortSignal
}
