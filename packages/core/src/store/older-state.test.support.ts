import { type Expression, Kysely, sql } from 'kysely'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { Database } from './database.ts'
import { type Engine, sqliteEngine } from './engine.ts'
import { MIGRATIONS, migrate } from './migrations.ts'
import { connectedPool } from './open-postgres.ts'
import { PooledPostgresDialect } from './postgres.ts'
import { postgresEngine } from './postgres-engine.ts'
import { readPostgresUrl } from './postgres-url.ts'
import type { Schema } from './schema.ts'
import { NodeSqliteDialect, openDatabase } from './sqlite.ts'

export interface OlderState {
  version: number
  /** In it, named `0.example` and so on. */
  domains: number
  /** How many bytes the audit has of each of them. */
  audit?: number
}

/** Makes the state that an older domainctl has left in a file, without its key. */
export async function makeOlderFile(path: string, older: OlderState): Promise<void> {
  const engine = sqliteEngine(path, systemClock())
  await fill(new Kysely<Schema>({ dialect: new NodeSqliteDialect(openDatabase(engine)) }), engine, older)
}

/** The same in a database of PostgreSQL. */
export async function makeOlderDatabase(url: string, older: OlderState): Promise<void> {
  const place = readPostgresUrl(url)
  const engine = postgresEngine({ place: place.name, writesAtOnce: place.most })
  const dialect = new PooledPostgresDialect(await connectedPool(place), { ...place, readOnly: false })
  await fill(new Kysely<Schema>({ dialect }), engine, older)
}

async function fill(kysely: Kysely<Schema>, engine: Engine, { version, domains, audit = 10 }: OlderState): Promise<void> {
  const database = new Database(kysely, engine, { clock: systemClock(), random: systemRandom() })
  const row = (n: number): Expression<unknown> =>
    sql`(${`d${n}`}, 'default', ${`${n}.example`}, 'active', 1, '{"provider":"manual","challenge":"dns-01","keyType":"ec256"}', '{}', 0, 1, 1, 7)`
  const line = (n: number): Expression<unknown> =>
    sql`(1, 'default', ${`d${n}`}, 'test', 'domain.added', ${'x'.repeat(audit)}, '{}')`
  await database.write(async (db) => {
    await migrate(db, engine, new Date(0), MIGRATIONS.slice(0, version))
    for (let n = 0; n < domains; n++) {
      await sql`insert into domains (id, tenant, name, status, status_since, settings, labels, attempts, created_at, updated_at, lease_fence)
        values ${row(n)}`.execute(db)
      await sql`insert into audit (at, tenant, domain_id, who, event, message, details) values ${line(n)}`.execute(db)
    }
  })
  await database.close()
}
