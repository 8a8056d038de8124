import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'
import { quickBuiltins } from './bundle-builtins.ts'
import { frontDoors } from './front-doors.ts'
import { lateSuffixes } from './late-suffixes.ts'
import { unusedAcmeCrypto } from './unused-acme-crypto.ts'

/** How everything is bundled. @param root the workspace, which the paths of a metafile start from */
export function bundling(root: string): BuildOptions {
  return {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.22',
    // Of packages that have both, the ES modules: esbuild leaves out of them what nobody uses.
    mainFields: ['module', 'main'],
    // Names stay: stacks are to be read, and dependencies ask classes for theirs.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
    // Some dependencies are CommonJS and call require for what Node has built in.
    banner: { js: 'const require=process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
  }
}

/** What the command needs besides; the libraries are to be built before. */
export function commandBundling(root: string): BuildOptions {
  const { version } = JSON.parse(readFileSync(join(root, 'packages', 'cli', 'package.json'), 'utf8'))
  const doors = ['core', 'providers', 'sandbox'].map((name) => [
    `@domainctl/${name}`,
    join(root, 'packages', name, 'dist', 'index.js'),
  ])
  return {
    alias: { axios: join(root, 'scripts', 'no-axios.cjs') },
    plugins: [quickBuiltins(), unusedAcmeCrypto(), lateSuffixes(), frontDoors(Object.fromEntries(doors))],
    define: { 'process.env.DOMAINCTL_VERSION': JSON.stringify(version) },
  }
}
