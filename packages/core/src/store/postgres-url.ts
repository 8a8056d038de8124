import type { PoolConfig } from 'pg'
import { DomainctlError } from '../errors.ts'

/** Connections of one process, unless the URL says otherwise (`?pool=`). */
const USUAL_POOL = 8
const LARGEST_POOL = 100

/** A database that holds a state, as its URL names it. */
export interface PostgresPlace {
  /** For people: without user and password. */
  name: string
  connection: PoolConfig
  schema: string | undefined
  /** Connections at a time. */
  most: number
}

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=…&pool=…&sslmode=…`. What is not ours is libpq's, as `pg` knows it:
 * sslmode, sslrootcert, sslcert, sslkey, host (a socket's folder), application_name.
 * @throws DomainctlError `CONFIG_INVALID`, without the credentials of the URL
 */
export function readPostgresUrl(text: string): PostgresPlace {
  if (!URL.canParse(text)) throw invalid('it is not a URL')
  const url = new URL(text)
  const schema = take(url, 'schema')
  const pool = take(url, 'pool')
  if (schema !== undefined && !/^[^\0"]{1,63}$/.test(schema)) throw invalid('its schema is no name of PostgreSQL')
  const most = pool === undefined ? USUAL_POOL : Number(pool)
  if (!Number.isInteger(most) || most < 1 || most > LARGEST_POOL)
    throw invalid(`its pool is not a number from 1 to ${LARGEST_POOL}`)
  const unknown = [...url.searchParams.keys()].find((key) => !LIBPQ.has(key))
  if (unknown !== undefined) throw invalid(`it has the unknown parameter ${JSON.stringify(unknown.slice(0, 40))}`)
  if (url.pathname.length < 2) throw invalid('it names no database')
  const host = url.searchParams.get('host') ?? url.host
  const name = `postgres://${host}${url.pathname}${schema === undefined ? '' : `?schema=${schema}`}`
  return { name, connection: { connectionString: url.href }, schema, most }
}

const LIBPQ = new Set(['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host', 'port', 'application_name', 'uselibpqcompat'])

function take(url: URL, name: string): string | undefined {
  const value = url.searchParams.get(name) ?? undefined
  url.searchParams.delete(name)
  return value
}

function invalid(why: string): DomainctlError {
  return new DomainctlError('CONFIG_INVALID', `The URL of the state cannot be used: ${why}.`, {
    hint: 'Such as postgres://USER:PASSWORD@HOST:5432/DATABASE?schema=domainctl&sslmode=verify-full.',
  })
}
