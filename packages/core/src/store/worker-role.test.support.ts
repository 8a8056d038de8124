import { readFile } from 'node:fs/promises'
import type { PostgresServer } from './postgres-server.test.support.ts'

const GUIDE = new URL('../../../../docs/guide/audit.md', import.meta.url)
const PASSWORD = 'of-the-worker'

/**
 * Does in a database with a state what the guide tells its owner to do.
 * @returns the URL of the same database for the role that owns nothing of it
 */
export async function makeWorkerRole(server: PostgresServer, owner: string): Promise<string> {
  const [, statements] = /```sql\n([\s\S]*?)```/.exec(await readFile(GUIDE, 'utf8')) ?? []
  if (statements === undefined) throw new Error('the guide has no grants')
  const there = await server.query(`select 1 from pg_roles where rolname = 'domainctl_worker'`)
  // A role is one of the whole server.
  const wanted = there.rows.length > 0 ? statements.replace(/create role .*\n/, '') : statements
  const url = new URL(owner)
  await server.query(wanted.replace("'PASSWORD'", `'${PASSWORD}'`), url.pathname.slice(1))
  url.username = 'domainctl_worker'
  url.password = PASSWORD
  return url.href
}
