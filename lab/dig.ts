import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { LabError } from './servers/daemon.ts'

const run = promisify(execFile)

export interface DigRecord {
  /** With its final dot, as dig prints it. */
  name: string
  ttl: number
  type: string
  /** In presentation format: a TXT value keeps its quotes. */
  data: string
}

export interface DigAnswer {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, … */
  status: string
  /** `qr`, `aa`, `rd`, `ra`, `tc`. */
  flags: readonly string[]
  answer: readonly DigRecord[]
  authority: readonly DigRecord[]
  additional: readonly DigRecord[]
}

export interface DigServer {
  address: string
  port: number
  /** Whether it is asked to look further (RD): true for a resolver, false for an authoritative server. */
  recursive: boolean
}

/** Asks one server by BIND's own client. Throws LabError when it does not answer within 3 seconds. */
export async function dig(name: string, type: string, server: DigServer): Promise<DigAnswer> {
  const recursion = server.recursive ? '+recurse' : '+norecurse'
  const args = [`@${server.address}`, '-p', String(server.port), recursion, '+tries=1', '+time=3', '-q', name, '-t', type]
  try {
    return parseDig((await run('dig', args)).stdout)
  } catch (cause) {
    throw new LabError(`dig ${args.join(' ')} got no answer`, { cause })
  }
}

/** Reads what dig prints by default. */
export function parseDig(output: string): DigAnswer {
  const status = /, status: (\w+),/.exec(output)?.[1]
  const flags = /^;; flags: ([a-z ]+);/m.exec(output)?.[1]
  if (status === undefined || flags === undefined) throw new LabError(`not an answer of dig:\n${output}`)
  const section = (title: string) => {
    const [, after = ''] = output.split(`;; ${title} SECTION:\n`)
    return after.split('\n\n')[0]?.split('\n').flatMap(parseRecord) ?? []
  }
  return {
    status,
    flags: flags.split(' '),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    additional: section('ADDITIONAL'),
  }
}

function parseRecord(line: string): DigRecord[] {
  const [, name, ttl, type, data] = /^([^;\s]\S*)\s+(\d+)\s+IN\s+(\S+)\s+(.*)$/.exec(line) ?? []
  if (name === undefined || ttl === undefined || type === undefined || data === undefined) return []
  return [{ name, ttl: Number(ttl), type, data }]
}
