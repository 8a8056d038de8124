/** An argument of a call, or what it answered. */
export interface Argument {
  /** As strace wrote it. */
  readonly text: string
  /** What the strings in it hold, one after the other (those of a vector are several). */
  readonly bytes: readonly Buffer[]
  /** Of the file behind a descriptor; null also where that has lost its name. */
  readonly path: string | null
}

/** A system call that has ended. */
export interface Call {
  readonly process: number
  readonly name: string
  readonly args: readonly Argument[]
  /** What it answered; below 0: it failed. */
  readonly result: number
  /** Of the descriptor that it answered. */
  readonly resultPath: string | null
  /** The lines of the log at which it began and ended: in between others may have done something. */
  readonly begun: number
  readonly ended: number
}

/** With these, what {@link readCalls} reads says everything: all bytes of all strings, and the file behind each descriptor. */
export const STRACE_FLAGS = ['-f', '--seccomp-bpf', '-qq', '-xx', '-y', '-s', '16777216', '-e', 'signal=none'] as const

const UNFINISHED = ' <unfinished ...>'
const RESUMED = /^<\.\.\. (\w+) resumed>/
const COMPLETE = /^(\w+)\((.*)\)\s+= (?:(-?\d+)(?:<((?:\\x[\da-f]{2})*)>)?|\?)/s

/** The calls in a log that strace wrote with {@link STRACE_FLAGS}, in the order in which they ended; a killed one has none. */
export function readCalls(log: string): Call[] {
  const calls: Call[] = []
  const begun = new Map<number, { text: string; line: number }>()
  for (const [line, written] of log.split('\n').entries()) {
    if (written === '') continue
    const [, pid, rest = ''] = /^(\d+)\s+(.*)$/s.exec(written) ?? []
    if (pid === undefined) throw new Error(`line ${line + 1} of the log has no process: ${written.slice(0, 200)}`)
    const process = Number(pid)
    if (rest.startsWith('+++') || rest.startsWith('---')) continue
    if (rest.endsWith(UNFINISHED)) {
      begun.set(process, { text: rest.slice(0, -UNFINISHED.length), line })
      continue
    }
    const resumed = RESUMED.exec(rest)
    const first = resumed ? begun.get(process) : undefined
    if (resumed && !first) throw new Error(`line ${line + 1} of the log resumes what never began`)
    begun.delete(process)
    const call = readCall(first ? first.text + rest.slice(resumed?.[0].length ?? 0) : rest, line)
    if (call) calls.push({ ...call, process, begun: first?.line ?? line, ended: line })
  }
  return calls
}

function readCall(text: string, line: number): Omit<Call, 'process' | 'begun' | 'ended'> | null {
  const [, name, args, result, path] = COMPLETE.exec(text) ?? []
  if (name === undefined || args === undefined) throw new Error(`line ${line + 1} of the log is no call: ${text.slice(0, 200)}`)
  // The process ended within it: nobody knows what became of it.
  if (result === undefined) return null
  return { name, args: splitArguments(args).map(readArgument), result: Number(result), resultPath: path ? textOf(path) : null }
}

/** At the commas that stand in no bracket; strings hold no bracket, as all their bytes are in hexadecimal. */
function splitArguments(text: string): string[] {
  const args: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (sign === '"') {
      at = text.indexOf('"', at + 1)
      if (at < 0) throw new Error('a string does not end')
    } else if (sign === '{' || sign === '[' || sign === '(') depth += 1
    else if (sign === '}' || sign === ']' || sign === ')') depth -= 1
    else if (sign === ',' && depth === 0) {
      args.push(text.slice(start, at))
      start = at + 1
    }
  }
  const last = text.slice(start)
  return (last.trim() === '' ? args : [...args, last]).map((one) => one.trim())
}

function readArgument(text: string): Argument {
  const bytes = [...text.matchAll(/"((?:\\x[\da-f]{2})*)"(\.\.\.)?/g)].map(([, hex = '', cut]) => {
    if (cut) throw new Error('strace has cut a string short')
    return bytesOf(hex)
  })
  const [, path, deleted] = /^(?:\d+|AT_FDCWD)<((?:\\x[\da-f]{2})*)>(\(deleted\))?/.exec(text) ?? []
  return { text, bytes, path: path === undefined || deleted ? null : textOf(path) }
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}

function textOf(hex: string): string {
  return bytesOf(hex).toString('utf8')
}
