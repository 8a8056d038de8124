import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A package as npm has put it into a project. */
export interface Installed {
  path: string
  version: string
  license: string | undefined
  hasInstallScript: boolean
}

/** All that npm has installed in a project, by the lockfile that it leaves in `node_modules`. */
export function installedIn(project: string): Installed[] {
  const { packages } = JSON.parse(readFileSync(join(project, 'node_modules', '.package-lock.json'), 'utf8'))
  return Object.keys(packages).map((path) => {
    const { version, license, scripts = {} } = JSON.parse(readFileSync(join(project, path, 'package.json'), 'utf8'))
    const runs = ['preinstall', 'install', 'postinstall'].some((name) => name in scripts)
    return { path, version, license, hasInstallScript: runs || packages[path].hasInstallScript === true }
  })
}

/** What would have to be built for a machine or was: addons of Node, and what npm builds them from without being told. */
export function nativeParts(project: string): string[] {
  return globSync('node_modules/**/{*.node,binding.gyp,*.wasm}', { cwd: project })
}
