import { copyFile, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/**
 * The path by which a server can be started with files in `directory`. Debian's AppArmor profiles go by the path of the
 * program and would allow only files in /etc and /var; a copy elsewhere is not bound by them.
 */
export async function unconfined(program: string, directory: string): Promise<string> {
  const enabled = await readFile('/sys/module/apparmor/parameters/enabled', 'utf8').catch(() => 'N')
  if (!enabled.startsWith('Y')) return program
  const copy = join(directory, basename(program))
  await copyFile(program, copy)
  return copy
}
