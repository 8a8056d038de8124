import type { Selectable } from 'kysely'
import type { DeployedGeneration, Deployment } from '../domain/deployment.ts'
import { assertRow } from './cells.ts'
import { dateOrNull, failureOrNull, readDate, readFailure, readObject, timeOrNull, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import type { DeploymentsTable } from './schema.ts'

/** Those of these domains, in the order of their targets. */
export async function deploymentsOf(db: Db, domainIds: readonly string[]): Promise<Deployment[]> {
  if (domainIds.length === 0) return []
  const rows = await db.selectFrom('deployments').selectAll().where('domain_id', 'in', domainIds).orderBy('target').execute()
  return rows.map(deploymentOf)
}

/** Domains with a deployment whose time has come, each once, the longest overdue first. */
export async function dueDeployments(db: Db, now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]> {
  return db
    .selectFrom('deployments')
    .innerJoin('domains', 'domains.id', 'deployments.domain_id')
    .select(['domains.id', 'domains.tenant', 'domains.name'])
    .where('deployments.next_attempt_at', '<=', now.getTime())
    .where('domains.status', '!=', 'suspended')
    .groupBy(['domains.id', 'domains.tenant', 'domains.name'])
    .orderBy(({ fn }) => fn.min('deployments.next_attempt_at'))
    .orderBy('domains.id')
    .limit(limit)
    .execute()
}

/** Inserts the deployment, or replaces what this domain has under its target. */
export async function saveDeployment(db: Db, deployment: Deployment): Promise<void> {
  const { domain_id, target, ...rest } = deploymentRow(deployment)
  await db
    .insertInto('deployments')
    .values({ domain_id, target, ...rest })
    .onConflict((conflict) => conflict.columns(['domain_id', 'target']).doUpdateSet(rest))
    .execute()
}

/** Forgets deployments of this domain. */
export async function removeDeployments(db: Db, domainId: string, targets: readonly string[]): Promise<void> {
  if (targets.length === 0) return
  await db.deleteFrom('deployments').where('domain_id', '=', domainId).where('target', 'in', targets).execute()
}

function deploymentRow(deployment: Deployment): Selectable<DeploymentsTable> {
  const { live, previous } = deployment
  return {
    domain_id: deployment.domainId,
    target: deployment.target,
    tenant: deployment.tenant,
    status: deployment.status,
    certificate_id: deployment.certificateId,
    fingerprint: deployment.fingerprint,
    live: live ? JSON.stringify(live) : null,
    previous: previous ? JSON.stringify(previous) : null,
    attempts: deployment.attempts,
    last_error: failureOrNull(deployment.lastError),
    next_attempt_at: timeOrNull(deployment.nextAttemptAt),
    created_at: deployment.createdAt.getTime(),
    updated_at: deployment.updatedAt.getTime(),
  }
}

function deploymentOf(row: Selectable<DeploymentsTable>): Deployment {
  assertRow('deployments', row, `${row.domain_id} ${row.target}`)
  const cell = (column: string) => ({ table: 'deployments', row: `${row.domain_id} ${row.target}`, column })
  type Live = DeployedGeneration & { at: string; proven: boolean }
  const live = row.live === null ? null : readObject<Live>(row.live, cell('live'))
  return {
    tenant: row.tenant,
    domainId: row.domain_id,
    target: row.target,
    status: row.status,
    certificateId: row.certificate_id,
    fingerprint: row.fingerprint,
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    ...withoutNulls({
      live: live && { ...live, at: readDate(live.at, cell('live')) },
      previous: row.previous === null ? null : readObject<DeployedGeneration>(row.previous, cell('previous')),
      lastError: readFailure(row.last_error, cell('last_error')),
      nextAttemptAt: dateOrNull(row.next_attempt_at),
    }),
  }
}
