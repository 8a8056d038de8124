import { readFile, writeFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

const NAMED = /\bimport\s*\{([^}]*)\}\s*from\s*"(node:[^"]+)";?/g
const WHOLE = /\bimport\s*(?:\*\s*as\s+)?([\w$]+)\s+from\s*"(node:[^"]+)";?/g
const STAR = /\bimport\*as ([\w$]+) from"(node:[^"]+)";?/g

/**
 * An esbuild plugin: takes Node's own modules by `process.getBuiltinModule` where esbuild writes `import`. For an import
 * Node reads every export of the module, which runs getters that load half of `node:crypto`: 7 ms of each start.
 * What of `node:crypto` is functions is looked up by the first call: most commands that look at a state call none (5 ms).
 * And commander, which can start other executables as commands, goes without `node:child_process` (2 ms): ours has none.
 */
export function quickBuiltins(): Plugin {
  return {
    name: 'quick-builtins',
    setup(build) {
      build.initialOptions.metafile = true
      build.onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
        /[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'unused' } : undefined,
      )
      build.onLoad({ filter: /./, namespace: 'unused' }, () => ({ contents: 'export default {}' }))
      build.onEnd(async ({ metafile }) => {
        for (const path of Object.keys(metafile?.outputs ?? {})) await rewrite(path)
      })
    },
  }
}

async function rewrite(path: string): Promise<void> {
  const code = await readFile(path, 'utf8')
  await writeFile(path, takeBuiltins(code))
}

/** Functions; constants have to be there from the beginning, and `promisify` asks `generateKeyPair` for a form of its own. */
const FUNCTION = /^(?!constants$|webcrypto$|subtle$|generateKeyPair$)[a-z]/

/** `{a as b}` of `node:crypto`: each function one of ours that asks for it when it is called. */
function takeCrypto(names: string): string {
  const pairs = names.split(',').map((name) => name.trim().split(/\s+as\s+/))
  const builtin = 'process.getBuiltinModule("node:crypto")'
  return pairs
    .filter(([name]) => name)
    .map(([name = '', local = name]) => {
      if (FUNCTION.test(name)) return `const ${local}=(...args)=>${builtin}.${name}(...args);`
      if (name !== 'X509Certificate') return `const {${name}:${local}}=${builtin};`
      // The class that nearly everything knows: made, and asked for by instanceof.
      const traps = `construct:(_,args)=>new (${builtin}.${name})(...args),get:(_,key)=>${builtin}.${name}[key]`
      return `const ${local}=new Proxy(function(){},{${traps}});`
    })
    .join('')
}

/** The code with its imports of Node's own modules replaced. */
export function takeBuiltins(code: string): string {
  const take = (what: string, module: string) => `const ${what}=process.getBuiltinModule("${module}");`
  return (
    code
      .replace(NAMED, (_, names: string, module: string) =>
        module === 'node:crypto' ? takeCrypto(names) : take(`{${names.replaceAll(' as ', ':')}}`, module),
      )
      .replace(STAR, (_, name: string, module: string) => take(name, module))
      // The global is that module already; a constant of its name would hide it from those that are taken by it.
      .replace(WHOLE, (_, name: string, module: string) => (name === 'process' ? '' : take(name, module)))
  )
}
