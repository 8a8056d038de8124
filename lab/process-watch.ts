import { readdirSync, readFileSync } from 'node:fs'

/** What `ps` and `/proc` show of a command while it runs. */
export interface ProcessWatch {
  /** How often it has looked. */
  readonly looks: number
  /** Command lines and titles of the command and of all that it has started, and the environments of these; each text once. */
  readonly seen: ReadonlySet<string>
  stop(): void
}

/** A process's own environment was given to it, and only its own user reads it; what it passes on is its doing. */
export function watchProcesses(command: number): ProcessWatch {
  const seen = new Set<string>()
  let looks = 0
  const look = () => {
    looks += 1
    for (const pid of [command, ...descendants(command)]) {
      for (const file of ['cmdline', 'comm', ...(pid === command ? [] : ['environ'])]) seen.add(read(`/proc/${pid}/${file}`))
    }
  }
  look()
  const timer = setInterval(look, 25)
  return {
    get looks() {
      return looks
    },
    seen,
    stop: () => clearInterval(timer),
  }
}

/** proc_pid_task(5): each thread has the processes that it has started. */
function descendants(pid: number): number[] {
  const threads = list(`/proc/${pid}/task`).map((thread) => read(`/proc/${pid}/task/${thread}/children`))
  const children = threads.flatMap((text) => text.split(' ').filter(Boolean)).map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** Nothing for a process that has just ended. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
