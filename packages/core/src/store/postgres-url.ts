import type { PoolConfig } from 'pg'
import { DomainctlError } from '../errors.ts'
import { type PostgresTls, readTls } from './postgres-tls.ts'

/** Connections of one process, unless the URL says otherwise (`?pool=`). */
const USUAL_POOL = 8
const LARGEST_POOL = 100
/** A connection that was lost, or a pool without a free one, is waited for so long, in s (`?connect_timeout=`). */
const USUAL_CONNECT_WITHIN = 10
/** What takes longer hangs, in ms (`?statement_timeout=`): all our statements are short. */
const USUAL_STATEMENT_WITHIN = 30_000
/** As long as names of PostgreSQL are, in bytes: it cuts longer ones off without an error. */
const LONGEST_NAME = 63

/** A database that holds a state, as its URL names it. */
export interface PostgresPlace {
  /** For people: without user and password. */
  name: string
  connection: PoolConfig
  tls: PostgresTls
  schema: string | undefined
  /** Connections at a time. */
  most: number
  /** In ms. */
  connectWithin: number
  /** In ms: the server ends it then, and the client half as long after that, should the server not answer. */
  statementWithin: number
}

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=…&pool=…&sslmode=…`. What is not ours is libpq's: sslmode, sslrootcert,
 * sslcert, sslkey, connect_timeout, host (a socket's folder), port, application_name; `statement_timeout` is the server's setting.
 * @throws DomainctlError `CONFIG_INVALID`, without the credentials of the URL
 */
export function readPostgresUrl(text: string): PostgresPlace {
  if (!URL.canParse(text)) throw invalid('it is not a URL')
  const url = new URL(text)
  // The protocol ends each of its texts with one: what comes after would be read as another setting.
  if (/%00/.test(url.href)) throw invalid('it has a zero octet in it')
  const schema = take(url, 'schema')
  if (schema !== undefined) assertSchema(schema)
  const most = takeNumber(url, 'pool', { from: 1, to: LARGEST_POOL }) ?? USUAL_POOL
  const connectWithin = takeNumber(url, 'connect_timeout', { from: 1, to: 600 }) ?? USUAL_CONNECT_WITHIN
  const statementWithin = takeNumber(url, 'statement_timeout', { from: 100, to: 600_000 }) ?? USUAL_STATEMENT_WITHIN
  // What other clients of the same URL are told.
  take(url, 'uselibpqcompat')
  const host = url.searchParams.get('host') || url.host
  const tls = readTls({ taken: (name) => take(url, name), isSocket: host.startsWith('/') || host.startsWith('%2F') })
  const unknown = [...url.searchParams.keys()].find((key) => !LIBPQ.has(key))
  if (unknown !== undefined) throw invalid(`it has the unknown parameter ${JSON.stringify(unknown.slice(0, 40))}`)
  if (url.pathname.length < 2) throw invalid('it names no database')
  const name = `postgres://${host}${url.pathname}${schema === undefined ? '' : `?schema=${schema}`}`
  return {
    name,
    connection: { connectionString: url.href },
    tls,
    schema,
    most,
    connectWithin: connectWithin * 1000,
    statementWithin,
  }
}

/** @throws DomainctlError `CONFIG_INVALID` for what cannot be connected to at all */
export function assertAddress({ host, port }: { host: string; port: number }): void {
  if (!(port >= 1 && port <= 65_535)) throw invalid('its port, or PGPORT, is not a number from 1 to 65535')
  if (host.includes('\0')) throw invalid('its host has a zero octet in it')
}

const LIBPQ = new Set(['host', 'port', 'application_name'])

/** `pg_…` is for the server, and `$user` no schema even in quotes: it stands for the one of the user's name. */
function assertSchema(schema: string): void {
  const isName = schema !== '' && !schema.includes('\0') && Buffer.byteLength(schema) <= LONGEST_NAME
  if (!isName || /^pg_/.test(schema) || schema === '$user') throw invalid('its schema is no name that PostgreSQL takes')
}

function take(url: URL, name: string): string | undefined {
  const value = url.searchParams.get(name) ?? undefined
  url.searchParams.delete(name)
  return value
}

function takeNumber(url: URL, name: string, { from, to }: { from: number; to: number }): number | undefined {
  const value = take(url, name)
  if (value === undefined) return undefined
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= from && number <= to)) throw invalid(`its ${name} is not a number from ${from} to ${to}`)
  return number
}

function invalid(why: string): DomainctlError {
  return new DomainctlError('CONFIG_INVALID', `The URL of the state cannot be used: ${why}.`, {
    hint: 'Such as postgres://USER:PASSWORD@HOST:5432/DATABASE?schema=domainctl&sslmode=verify-full.',
  })
}
