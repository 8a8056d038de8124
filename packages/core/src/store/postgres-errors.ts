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
  '53300', // too_many_connections
  '25P03', // idle_in_transaction_session_timeout
])

/** Of the connection, not of the server: what was sent may or may not have been heard. */
const CUT = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED'])
/** There is no server, or none yet. */
const ABSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT'])

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether the server itself has answered with this error; else the connection failed. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error
}

/** Whether the connection has ended, so that another one may do better. */
export function isCut(error: unknown): boolean {
  if (isAnswer(error)) return codeOf(error).startsWith('08')
  if (CUT.has(codeOf(error))) return true
  // pg's own, which have no code.
  return error instanceof Error && /^(Connection terminated|Client has encountered a connection error)/.test(error.message)
}

/** Whether the same again may succeed by itself: others were in the way, or the server restarts. */
export function isPostgresBusy(error: unknown): boolean {
  return BUSY.has(codeOf(error)) || isCut(error) || codeOf(error) === 'ECONNREFUSED' || isWaitForConnection(error)
}

/** All connections of the pool were in use for too long, or the server did not answer. */
function isWaitForConnection(error: unknown): boolean {
  return error instanceof Error && /^timeout exceeded when trying to connect/.test(error.message)
}

/** What `pg` threw about the database called `place`, or null when the fault is in the statement. */
export function postgresError(error: unknown, place: string): DomainctlError | null {
  const code = codeOf(error)
  if (code.startsWith('28'))
    return stateError('STATE_UNREADABLE', place, error, 'Check user and password of the state (DOMAINCTL_STATE).')
  switch (code) {
    case '3D000': // invalid_catalog_name
      return stateError(
        'STATE_UNREADABLE',
        place,
        error,
        'Create the database first: createdb NAME; domainctl makes only its tables.',
      )
    case '3F000': // invalid_schema_name
    case '42P01': // undefined_table
    case '42703': // undefined_column
      return stateError('STATE_UNREADABLE', place, error, 'Check that this is a state of domainctl, and its ?schema=.')
    case '53100': // disk_full
    case '53200': // out_of_memory
      return stateError(
        'STATE_FULL',
        place,
        error,
        'Free some room there and run the same command again: it goes on from the journal.',
      )
    case '42501': // insufficient_privilege
      return stateError(
        'STATE_READ_ONLY',
        place,
        error,
        'Grant the user USAGE and CREATE on the schema, or give a schema of its own (?schema=).',
      )
    case '25006': // read_only_sql_transaction
      return stateError(
        'STATE_READ_ONLY',
        place,
        error,
        'This server is a replica, or is only looked at: give the address of the primary.',
      )
  }
  if (isCut(error) || ABSENT.has(code) || isWaitForConnection(error) || isTls(error)) {
    return stateError(
      'STATE_UNREADABLE',
      place,
      error,
      'Check that the server runs and can be reached from here, and its host, port and TLS.',
    )
  }
  return null
}

function isTls(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return /SSL|TLS/i.test(error.message) || /CERT|SELF_SIGNED|ERR_TLS/.test(codeOf(error))
}

const WHAT: Partial<Record<ErrorCode, string>> = {
  STATE_FULL: 'The disk of the database that holds the state is full',
  STATE_READ_ONLY: 'The state cannot be written',
  STATE_UNREADABLE: 'The state cannot be opened',
}

function stateError(code: ErrorCode, place: string, cause: unknown, hint: string): DomainctlError {
  return new DomainctlError(code, `${WHAT[code]}: ${place} (${messageOf(cause)}).`, { hint, cause })
}

/** Of several addresses of a host each fails by itself, and what is thrown for all has no message. */
function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(messageOf).join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}
