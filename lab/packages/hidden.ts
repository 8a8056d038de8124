import { fileURLToPath } from 'node:url'
import { runTool, type ToolRun } from '../tool.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a command where this checkout is not to be seen: an empty file system lies over it. */
export async function runHidden(command: readonly string[], o: { cwd: string; env: Record<string, string> }): Promise<ToolRun> {
  const hide = 'mount -t tmpfs none "$1" && shift && exec "$@"'
  return await runTool(['unshare', '-m', 'sh', '-c', hide, 'hide', root, ...command], o)
}
