import { DomainctlError, type ErrorCode } from '../errors.ts'

// SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const BUSY = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
  '57014', // query_canceled: it took longer than statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: it starts or ends
  '57P05', // idle_session_timeout
  '53200', // out_of_memory
  '53300', // too_many_connections
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
])

/** Of the connection, not of the server: what was sent may or may not have been heard. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED'])
/** There is no server, or none yet. */
const ABSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'EACCES'])
/** pg's own, which have no code. */
const CUT_MESSAGE = /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout expired)/

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether the server itself has answered with this error; else the connection failed. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error
}

/** Whether the connection has ended, so that another one may do better. */
export function isCut(error: unknown): boolean {
  if (isAnswer(error)) return codeOf(error).startsWith('08') && !isLogin(error) && !isNoDatabase(error)
  return CUT.has(codeOf(error)) || (error instanceof Error && CUT_MESSAGE.test(error.message))
}

/** PgBouncer gives the same code (08P01) to everything. */
function isLogin(error: unknown): boolean {
  if (codeOf(error).startsWith('28')) return true
  return (
    codeOf(error) === '08P01' && /authentication failed|no such (user|database)|not allowed|TLS required/i.test(messageOf(error))
  )
}

function isNoDatabase(error: unknown): boolean {
  return codeOf(error) === '3D000' || (codeOf(error) === '08P01' && /database .* does not exist/i.test(messageOf(error)))
}

/** Whether the same again may succeed by itself: others were in the way, or the server restarts. */
export function isPostgresBusy(error: unknown): boolean {
  return BUSY.has(codeOf(error)) || isCut(error) || isAway(error) || isWaitForConnection(error)
}

/**
 * There is no server, of which a moment ago there was one: it restarts, and its socket is gone as long (ENOENT), or the name is
 * being led to another one.
 */
function isAway(error: unknown): boolean {
  const code = codeOf(error)
  if (code === 'ENOENT') return error instanceof Error && 'syscall' in error && error.syscall === 'connect'
  return code !== 'EACCES' && ABSENT.has(code)
}

/** All connections of the pool were in use for too long, or the server did not answer. */
function isWaitForConnection(error: unknown): boolean {
  return error instanceof Error && /^timeout exceeded when trying to connect/.test(error.message)
}

/** The server that was asked for TLS says that it has none. */
export function hasNoTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections'
}

/** What went on for too long at the database called `place`: it may be the server, its connections, or the locks of others. */
export function postgresBusy(place: string, cause: unknown): DomainctlError {
  const code = codeOf(cause)
  const [what, hint] =
    code === '53300' || isWaitForConnection(cause) || /max_client_conn|query_wait_timeout/.test(messageOf(cause))
      ? [
          'has had no connection free',
          'Lower ?pool= of the processes that work on it, put PgBouncer before it, or raise max_connections there.',
        ]
      : isCut(cause) || !isAnswer(cause) || code.startsWith('57P')
        ? ['has not been there, or has not answered,', 'Check that the server runs and can be reached from here.']
        : [
            'has been kept locked by others',
            'Look for a session that hangs (pg_stat_activity, pg_blocking_pids), such as one of a debugger or a backup, and end it.',
          ]
  return new DomainctlError('STATE_BUSY', `The state ${place} ${what} for half a minute (${said(cause)}).`, {
    hint: `${hint} Then run the same command again: nothing was lost.`,
    cause,
  })
}

/** What `pg` threw about the database called `place`, or null when the fault is in the statement. */
export function postgresError(error: unknown, place: string): DomainctlError | null {
  const code = codeOf(error)
  if (isNoDatabase(error))
    return stateError(
      'STATE_UNREADABLE',
      place,
      error,
      'Create the database first: createdb NAME; domainctl makes only its tables.',
    )
  const [as, hint] = isLogin(error) ? (['STATE_UNREADABLE', loginHint(error)] as const) : (SAID[code] ?? [])
  if (as !== undefined && hint !== undefined) return stateError(as, place, error, hint)
  const tls = tlsHint(error)
  if (tls !== null) return stateError('STATE_UNREADABLE', place, error, tls)
  if (isCut(error) || ABSENT.has(code) || isWaitForConnection(error))
    return stateError('STATE_UNREADABLE', place, error, 'Check that the server runs and can be reached from here: host and port.')
  return null
}

const GRANT =
  'Grant the user USAGE and CREATE on the schema, or give a schema of its own (?schema=); its tables belong to one user.'

const SAID: Partial<Record<string, readonly [ErrorCode, hint: string]>> = {
  // invalid_schema_name: that of the search_path is not there, or is not for this user
  '3F000': ['STATE_READ_ONLY', GRANT],
  // undefined_table, undefined_column
  '42P01': ['STATE_UNREADABLE', 'Check that this is a state of domainctl, and its ?schema=.'],
  '42703': ['STATE_UNREADABLE', 'Check that this is a state of domainctl, and its ?schema=.'],
  // disk_full
  '53100': ['STATE_FULL', 'Free some room there and run the same command again: it goes on from the journal.'],
  // insufficient_privilege
  '42501': ['STATE_READ_ONLY', GRANT],
  // read_only_sql_transaction
  '25006': ['STATE_READ_ONLY', 'This server is a replica, or is only looked at: give the address of the primary.'],
  // data_corrupted, index_corrupted
  XX001: ['STATE_CORRUPT', 'See the log of the server, and restore the database from a backup.'],
  XX002: ['STATE_CORRUPT', 'See the log of the server: REINDEX may help, else restore the database from a backup.'],
}

function loginHint(error: unknown): string {
  const message = messageOf(error)
  if (/certificate/i.test(message)) return 'The server wants a certificate of this client: sslcert=FILE and sslkey=FILE.'
  if (/no encryption|SSL off|TLS required/i.test(message))
    return 'The server wants TLS, or lets this user in from elsewhere alone (pg_hba.conf): sslmode=verify-full.'
  return 'Check user and password of the state (DOMAINCTL_STATE, PGPASSWORD).'
}

/** What to do about a handshake that failed; null: it was none. */
function tlsHint(error: unknown): string | null {
  if (!(error instanceof Error) || isAnswer(error)) return null
  const code = codeOf(error)
  if (hasNoTls(error))
    return 'The server has no TLS: turn it on there (ssl = on), or say sslmode=disable where the way to it is safe by other means.'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'The certificate is for another name: give the host as it is in there, or sslmode=verify-ca with sslrootcert=FILE.'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return 'Renew the certificate of the server, and check the clock of this machine.'
  if (/SELF_SIGNED|UNABLE_TO|CERT_/.test(code)) return 'Give the CA that signed the certificate of the server: sslrootcert=FILE.'
  if (/alert.*(unknown ca|certificate)/i.test(error.message))
    return 'The server refuses the certificate of this client: check sslcert=FILE and sslkey=FILE, and ssl_ca_file of the server.'
  if (/SSL|TLS/i.test(error.message) || /^ERR_(SSL|TLS|OSSL)/.test(code))
    return 'Check that this is a PostgreSQL with TLS: host, port, sslmode.'
  return null
}

const WHAT: Partial<Record<ErrorCode, string>> = {
  STATE_FULL: 'The disk of the database that holds the state is full',
  STATE_READ_ONLY: 'The state cannot be written',
  STATE_UNREADABLE: 'The state cannot be opened',
  STATE_CORRUPT: 'The state cannot be read',
}

function stateError(code: ErrorCode, place: string, cause: unknown, hint: string): DomainctlError {
  return new DomainctlError(code, `${WHAT[code]}: ${place} (${said(cause)}).`, { hint, cause })
}

/** Of several addresses of a host each fails by itself, and what is thrown for all has no message. */
function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(messageOf).join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}

/** What was said, as people may see it: it comes from whoever answers at that address. */
function said(cause: unknown): string {
  return messageOf(cause)
    .slice(0, 300)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
}
