import { relative } from 'node:path'
import type { Call } from './strace-log.ts'

/** What a run did to the files of a folder, or told others. Paths are within the folder; the folder itself is the empty path. */
export type Operation = { readonly begun: number; readonly ended: number } & (
  | { readonly kind: 'open'; readonly path: string; readonly makes: boolean; readonly empties: boolean }
  /** `at` null: where the last one ended. */
  | { readonly kind: 'write'; readonly path: string; readonly at: number | null; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'rename' | 'link'; readonly from: string; readonly to: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'mkdir' | 'remove'; readonly path: string }
  /** On standard output. */
  | { readonly kind: 'said'; readonly process: number; readonly text: string }
  /** To whom a socket leads to. */
  | { readonly kind: 'sent'; readonly data: Buffer }
)

/** What a log has to have, so that nothing that changes a file is missed. */
export const TRACED = [
  ...['open', 'openat', 'openat2', 'creat', 'write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'ftruncate', 'truncate'],
  ...['fallocate', 'copy_file_range', 'sendfile', 'splice', 'fsync', 'fdatasync', 'sync', 'syncfs', 'rename', 'renameat'],
  ...['renameat2', 'link', 'linkat', 'unlink', 'unlinkat', 'symlink', 'symlinkat', 'mkdir', 'mkdirat', 'rmdir'],
  ...['sendto', 'sendmsg', 'sendmmsg'],
] as const

/**
 * SQLite's shared memory, which is written past all system calls. Nothing in it has to outlive a power cut, so that it is never
 * said what is in it, only that it is there.
 */
export const SHARED_MEMORY = /-shm$/

/** Those at the files for which this is so, and all that others heard. */
export function operationsAt(operations: readonly Operation[], is: (path: string) => boolean): Operation[] {
  return operations.filter((one) => ('path' in one ? is(one.path) : 'to' in one ? is(one.to) : true))
}

/** The operations among the calls. @throws Error at a call that would change the folder in a way that is not known here */
export function operationsIn(calls: readonly Call[], folder: string): Operation[] {
  return calls
    .filter(({ result }) => result >= 0)
    .flatMap((call) => operationOf(call, folder) ?? [])
    .filter((operation) => !('path' in operation && SHARED_MEMORY.test(operation.path) && /write|truncate/.test(operation.kind)))
}

function operationOf(call: Call, folder: string): Operation | null {
  const { name, args, begun, ended } = call
  const when = { begun, ended }
  /** The paths that are given as text, made whole by the folder that they are relative to. */
  const paths = args.flatMap(({ bytes: [bytes] }, at) => {
    if (!bytes) return []
    const path = bytes.toString('utf8')
    return [within(folder, path.startsWith('/') ? path : `${args[at - 1]?.path ?? folder}/${path}`)]
  })
  const [path = null, second = null] = paths
  const file = args[0]?.path ? within(folder, args[0].path) : null
  switch (name) {
    case 'open':
    case 'openat':
    case 'creat': {
      // Behind all links.
      const opened = call.resultPath === null ? null : within(folder, call.resultPath)
      const flags = name === 'creat' ? 'O_CREAT|O_TRUNC' : (args[name === 'open' ? 1 : 2]?.text ?? '')
      if (opened === null || !/O_CREAT|O_TRUNC/.test(flags)) return null
      return { kind: 'open', path: opened, makes: flags.includes('O_CREAT'), empties: flags.includes('O_TRUNC'), ...when }
    }
    case 'write':
    case 'writev':
    case 'pwrite64': {
      const data = Buffer.concat(args[1]?.bytes ?? []).subarray(0, call.result)
      if (file !== null)
        return { kind: 'write', path: file, at: name === 'pwrite64' ? Number(args[3]?.text) : null, data, ...when }
      if (args[0]?.text.startsWith('1<')) return { kind: 'said', process: call.process, text: data.toString('utf8'), ...when }
      return args[0]?.path?.startsWith('socket:') ? { kind: 'sent', data, ...when } : null
    }
    case 'sendto':
    case 'sendmsg': {
      const text = args[1]?.bytes ?? []
      return { kind: 'sent', data: Buffer.concat(text), ...when }
    }
    case 'ftruncate':
      return file === null ? null : { kind: 'truncate', path: file, size: Number(args[1]?.text), ...when }
    case 'fsync':
    case 'fdatasync':
      return file === null ? null : { kind: 'sync', path: file, ...when }
    case 'rename':
    case 'renameat':
    case 'renameat2':
      if (path === null && second === null) return null
      if (path === null || second === null) throw notKnown(call)
      return { kind: 'rename', from: path, to: second, ...when }
    case 'link':
    case 'linkat':
      if (second === null) return null
      if (path === null) throw notKnown(call)
      return { kind: 'link', from: path, to: second, ...when }
    case 'symlink':
    case 'symlinkat': {
      const target = args[0]?.bytes[0]?.toString('utf8') ?? ''
      return second === null ? null : { kind: 'symlink', path: second, target, ...when }
    }
    case 'mkdir':
    case 'mkdirat':
      return path === null ? null : { kind: 'mkdir', path, ...when }
    case 'unlink':
    case 'unlinkat':
    case 'rmdir':
      return path === null ? null : { kind: 'remove', path, ...when }
    default:
      if (args.some((argument) => argument.path !== null && within(folder, argument.path) !== null)) throw notKnown(call)
      if (paths.some((one) => one !== null)) throw notKnown(call)
      return null
  }
}

function within(folder: string, path: string): string | null {
  const inside = relative(folder, path)
  return inside === '..' || inside.startsWith('../') || inside.startsWith('/') ? null : inside
}

function notKnown({ name, args }: Call): Error {
  return new Error(`the model of a disk knows nothing of ${name}(${args.map(({ text }) => text.slice(0, 100)).join(', ')})`)
}
