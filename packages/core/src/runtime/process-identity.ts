import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { ProcessIdentity, Random } from '../contracts/runtime.ts'

/** What an owner string is made of. What the system does not tell is the empty string. */
interface Owner {
  host: string
  /** `/etc/machine-id`: two machines may bear one host name, as containers do. */
  machine: string
  /** Changes with every start of the kernel. */
  boot: string
  /** The pid namespace: the same pid in another container is another process. */
  namespace: string
  pid: string
  /** Start time in clock ticks since boot: a pid is given again to a later process. */
  start: string
  /** Tells several identities of one process apart. */
  suffix: string
}

const PARTS = ['host', 'machine', 'boot', 'namespace', 'pid', 'start', 'suffix'] as const satisfies (keyof Owner)[]

/**
 * Names this process as the holder of leases. `isGone` looks only at what this machine can know for certain: a
 * process of ours whose pid is free or was given to a later one, or any process of an earlier boot of this machine.
 * Nothing is read until it is first asked. A holder elsewhere, or a string that is no owner of this form, is never gone: its lease runs out by time.
 */
export function processIdentity(random: Random): ProcessIdentity {
  let known: Owner | undefined
  const self = () => {
    known ??= describe(random)
    return known
  }
  return {
    get owner() {
      return format(self())
    },
    isGone(owner) {
      const other = parse(owner)
      const { host, machine, boot, namespace } = self()
      if (other === null || other.host !== host || other.machine !== machine) return false
      if (other.boot !== boot) return machine !== '' && boot !== '' && other.boot !== ''
      return other.namespace === namespace && hasEnded(Number(other.pid), other.start)
    },
  }
}

function describe(random: Random): Owner {
  return {
    host: hostname(),
    machine: contentsOf('/etc/machine-id'),
    boot: contentsOf('/proc/sys/kernel/random/boot_id'),
    namespace: pidNamespace(),
    pid: String(process.pid),
    start: processOf(process.pid)?.start ?? '',
    suffix: Buffer.from(random.bytes(8)).toString('hex'),
  }
}

function format(owner: Owner): string {
  return PARTS.map((part) => encodeURIComponent(owner[part])).join(':')
}

function parse(text: string): Owner | null {
  const parts = text.split(':')
  if (parts.length !== PARTS.length) return null
  try {
    const [host = '', machine = '', boot = '', namespace = '', pid = '', start = '', suffix = ''] = parts.map(decodeURIComponent)
    return /^[1-9]\d{0,9}$/.test(pid) ? { host, machine, boot, namespace, pid, start, suffix } : null
  } catch {
    return null // A stray `%`: not one of ours.
  }
}

/** Whether the process that had `pid` and `start` on this machine, in this namespace, certainly does not run. */
function hasEnded(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Any other code, such as EPERM for a process of another user, says that there is one.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true
  }
  const running = processOf(pid)
  if (running === null || start === '') return false
  return running.start !== start || running.ended
}

/** What Linux tells of a process (proc_pid_stat(5)), or null where it does not. */
function processOf(pid: number): { start: string; ended: boolean } | null {
  const stat = contentsOf(`/proc/${pid}/stat`)
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  const [state, ...later] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const start = later[18]
  // Z: killed, and its parent has not asked for its status yet; X: ending.
  return start === undefined ? null : { start, ended: state === 'Z' || state === 'X' }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return '' // Not Linux, or /proc is not mounted.
  }
}

function contentsOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return '' // Only some systems have it; without it less is certain, and isGone says so.
  }
}
