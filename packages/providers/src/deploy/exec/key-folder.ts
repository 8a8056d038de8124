import { createHash } from 'node:crypto'
import { lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

/** The number of the process group that the command runs in. */
const GROUP = 'group'

/**
 * A folder (0700) for what a command gets, with the number of this process in its name: after a kill somebody has to find out that
 * nobody needs it any more.
 */
export async function makeKeyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), `${await prefix()}${process.pid}-`))
}

/** Says who reads the folder beside this process. */
export async function noteGroup(folder: string, group: number): Promise<void> {
  await writeFile(join(folder, GROUP), String(group), { mode: 0o600 })
}

/** Removes what killed processes of this user have left behind, once their commands have ended too. */
export async function sweepKeyFolders(): Promise<void> {
  const start = await prefix()
  for (const entry of await readdir(tmpdir(), { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.startsWith(start)) continue
    const folder = join(tmpdir(), entry.name)
    const owner = Number(entry.name.slice(start.length).split('-', 1)[0])
    if (await isOver(folder, owner)) await rm(folder, { recursive: true, force: true })
  }
}

async function isOver(folder: string, owner: number): Promise<boolean> {
  if (!Number.isInteger(owner) || owner <= 0 || isAlive(owner)) return false
  const { uid } = await lstat(folder).catch(() => ({ uid: undefined }))
  // Nothing in a folder of somebody else is opened: of a pipe there no reading would ever end.
  if (uid !== process.getuid?.()) return false
  const group = await readFile(join(folder, GROUP), 'utf8').catch(() => '')
  return !(/^[1-9]\d*$/.test(group) && isAlive(-Number(group)))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It may be somebody else's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Numbers of processes mean something within one machine, and one namespace of them: containers may share a folder. */
async function prefix(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  const mark = createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8)
  return `domainctl-exec-${mark}-`
}
