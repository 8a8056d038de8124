import { readMessage } from '../../packages/sandbox/src/dns/wire-message.ts'
import type { Operation } from './operations.ts'

/** What others have heard from a run, and rely on from then on. */
export interface Fact {
  /** The line of the log from which on it is known. */
  readonly since: number
  /** The line of the log from which on it need not be so any more. */
  readonly until: number
  readonly fact: /** The state has these. */
    | { readonly domain: string }
    | { readonly account: string }
    | { readonly event: string }
    | { readonly fingerprint: string }
    /** A name server was asked to have this TXT, and not yet to give it up: the journal knows of it. */
    | { readonly record: string }
    /** This copy of the state is whole. */
    | { readonly copied: string }
    /** This backup of the state is whole, and has all that was said before it began. */
    | { readonly backup: string }
    /** The key of this id opens the state; `file` holds the key of the id `old`, which it had before. */
    | { readonly key: string; readonly old?: string; readonly file?: string }
    /** These files are in place, with this certificate or a later one. */
    | { readonly files: readonly string[]; readonly exported: string }
}

/** All of a run: what it printed as JSON, and what it sent to a name server. */
export function factsIn(operations: readonly Operation[]): Fact[] {
  return [...saidFacts(operations), ...sentFacts(operations)]
}

function saidFacts(operations: readonly Operation[]): Fact[] {
  const said = new Map<number, string>()
  return operations.flatMap((operation) => {
    if (operation.kind !== 'said') return []
    const text = (said.get(operation.process) ?? '') + operation.text
    const documents = documentsIn(text)
    said.set(operation.process, documents === null ? text : '')
    return (documents ?? []).flatMap(factsOf).map((fact) => ({ since: operation.begun, until: Infinity, fact }))
  })
}

/** One of the command, or one on each line; null when there is more to come. */
function documentsIn(text: string): unknown[] | null {
  if (!text.endsWith('\n')) return null
  if (text.startsWith('{\n') && !text.endsWith('\n}\n')) return null
  return text.startsWith('{\n')
    ? [JSON.parse(text)]
    : text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
}

interface Said {
  domain?: string
  account?: string
  event?: string
  fingerprint?: string
  /** Of `state copy`, and with `from` of `state rotate-key`. */
  to?: string
  tables?: unknown
  from?: string
  oldKeyFile?: string | null
  /** Of `state rotate-key --finish`. */
  key?: string
  /** Of `state backup`. */
  backup?: string
  results?: { ok: boolean; name: string; files?: string[]; domain: { certificate?: { fingerprint: string } } | null }[]
}

function factsOf(document: unknown): Fact['fact'][] {
  const { domain, account, event, fingerprint, to, tables, results = [] } = document as Said
  const { key = tables === undefined ? to : undefined, from, oldKeyFile, backup } = document as Said
  return [
    ...(domain === undefined ? [] : [{ domain }]),
    ...(account === undefined ? [] : [{ account }]),
    ...(event === undefined ? [] : [{ event }]),
    ...(fingerprint === undefined ? [] : [{ fingerprint }]),
    ...(to === undefined || tables === undefined ? [] : [{ copied: to }]),
    ...(backup === undefined ? [] : [{ backup }]),
    ...(key === undefined ? [] : [{ key, ...(from && oldKeyFile && { old: from, file: oldKeyFile }) }]),
    ...results.filter(({ ok }) => ok).flatMap(factsOfResult),
  ]
}

function factsOfResult({ name, files, domain }: NonNullable<Said['results']>[number]): Fact['fact'][] {
  const fingerprint = domain?.certificate?.fingerprint
  return [
    { domain: name },
    ...(fingerprint === undefined ? [] : [{ fingerprint }]),
    ...(fingerprint === undefined || files === undefined ? [] : [{ files, exported: fingerprint }]),
  ]
}

const TXT = 16
const CLASS_IN = 1
const UPDATE = 5

/** From the messages of RFC 2136 themselves. */
function sentFacts(operations: readonly Operation[]): Fact[] {
  const facts: { since: number; until: number; fact: { record: string } }[] = []
  for (const operation of operations) {
    if (operation.kind !== 'sent') continue
    for (const { value, isAdded } of changesIn(operation.data)) {
      if (isAdded) facts.push({ since: operation.begun, until: Infinity, fact: { record: value } })
      else for (const known of facts) if (known.fact.record === value) known.until = Math.min(known.until, operation.begun)
    }
  }
  return facts
}

/** Over TCP its length goes before the message (RFC 1035 §4.2.2), which may come in one call with it. */
function changesIn(data: Buffer): { value: string; isAdded: boolean }[] {
  const message = data.length > 2 && data.readUInt16BE(0) === data.length - 2 ? data.subarray(2) : data
  if (message.length < 12 || ((message.readUInt8(2) >> 3) & 15) !== UPDATE) return []
  try {
    return readMessage(message)
      .authorities.filter(({ type, rdataStart, end }) => type === TXT && end > rdataStart)
      .map((record) => ({
        value: message.toString('latin1', record.rdataStart + 1, record.rdataStart + 1 + message.readUInt8(record.rdataStart)),
        isAdded: record.class === CLASS_IN,
      }))
  } catch {
    // TLS and the like, which only looked like one.
    return []
  }
}
