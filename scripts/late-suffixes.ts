import { dirname } from 'node:path'
import type { Plugin } from 'esbuild'

const NAMES = ['getDomain', 'getPublicSuffix', 'parse']

/**
 * An esbuild plugin: `tldts` unpacks the Public Suffix List when it is imported; here the first call does it. Most commands that
 * look at a state never ask for a suffix.
 */
export function lateSuffixes(): Plugin {
  return {
    name: 'late-suffixes',
    setup(build) {
      build.onResolve({ filter: /^tldts$/ }, ({ importer, kind }) =>
        kind === 'require-call' ? undefined : { path: 'tldts', namespace: 'late-suffixes', pluginData: dirname(importer) },
      )
      build.onLoad({ filter: /./, namespace: 'late-suffixes' }, ({ pluginData }) => ({
        contents: NAMES.map((name) => `export const ${name} = (...args) => require('tldts').${name}(...args)`).join('\n'),
        resolveDir: pluginData,
      }))
    },
  }
}
