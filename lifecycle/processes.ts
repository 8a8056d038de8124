import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/** The processes that work in this folder; by `/proc`, which Linux has. */
export async function processesIn(directory: string): Promise<string[]> {
  const all = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  const folders = await Promise.all(all.map((pid) => readlink(join('/proc', pid, 'cwd')).catch(() => '')))
  return all.filter((_, i) => folders[i] === directory)
}
