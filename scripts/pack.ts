import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The folders of all packages that are published, each after those that it needs. */
export const PUBLISHED = ['core', 'providers', 'sandbox', 'cli'] as const
export type Published = (typeof PUBLISHED)[number]

/** What a package's own `package.json` says. */
export interface Manifest {
  name: string
  version: string
  [key: string]: unknown
}

/** The `package.json` of a package of ours. */
export function manifestOf(name: Published): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
}

/**
 * Packs all packages as they would be published, from what the build has made.
 * @param pnpm the command line that starts pnpm: npm itself does not know `workspace:^`
 * @param folder where the files go
 * @returns the path of each
 */
export function packAll(pnpm: readonly [string, ...string[]], folder: string): Record<Published, string> {
  const [file, ...args] = pnpm
  const packed = PUBLISHED.map((name) => {
    const cwd = join(root, 'packages', name)
    const run = spawnSync(file, [...args, 'pack', '--json', '--pack-destination', folder], { cwd, encoding: 'utf8' })
    if (run.error || run.status !== 0) throw new Error(`pnpm could not pack ${name}: ${run.error ?? run.stdout + run.stderr}`)
    return [name, JSON.parse(run.stdout).filename]
  })
  return Object.fromEntries(packed)
}
