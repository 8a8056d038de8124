// Given to Node as --import: runs the command from its sources, as vitest.config.ts does for tests.
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    const name = /^@domainctl\/(\w+)$/.exec(specifier)?.[1]
    return next(name === undefined ? specifier : new URL(`../../${name}/src/index.ts`, import.meta.url).href, context)
  },
})
