import { lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/**
 * Keeps what V8 compiles between runs, in the user's cache folder (XDG Base Directory), which saves a tenth of a short
 * command. Code is run from there, so a folder that others own or can write to is left alone; and without a cache the
 * command works as well, so nothing is said about it.
 */
export function cacheCompiledCode(env: NodeJS.ProcessEnv): void {
  // A relative one is none (XDG Base Directory), and would be left in the working directory.
  const caches = [env.XDG_CACHE_HOME ?? '', join(homedir(), '.cache')].find(isAbsolute)
  if (caches === undefined) return
  const folder = join(caches, 'domainctl')
  if (makeFolder(folder) && isOurs(folder)) enableCompileCache(folder)
}

/** Makes the folder, and the cache folder around it where that is missing, but never a home. */
function makeFolder(folder: string): boolean {
  return isMade(folder) || (isMade(dirname(folder)) && isMade(folder))
}

function isMade(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 })
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EEXIST'
  }
}

/** A link is not followed: where it leads could change. */
function isOurs(folder: string): boolean {
  const stat = lstatSync(folder)
  if (!stat.isDirectory()) return false
  return process.getuid === undefined || (stat.uid === process.getuid() && (stat.mode & 0o022) === 0)
}
