import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import type { Plugin } from 'esbuild'

/**
 * An esbuild plugin: turns each import of a package's front door into imports of the files behind it. esbuild splits by
 * file, so that otherwise whoever takes one name from a front door loads all that it offers, also what is needed later
 * or never.
 * @param doors package name → its built index.js, made of `export { names } from 'file'` alone
 */
export function frontDoors(doors: Record<string, string>): Plugin {
  const behind = new Map(Object.entries(doors).map(([name, index]) => [name, readDoor(index)]))
  return {
    name: 'front-doors',
    setup(build) {
      build.onLoad({ filter: /[\\/]packages[\\/]\w+[\\/](src|dist)[\\/].*\.[jt]s$/ }, async ({ path }) => ({
        contents: openDoors(await readFile(path, 'utf8'), behind),
        loader: extname(path) === '.ts' ? 'ts' : 'js',
      }))
    },
  }
}

/** Exported name → absolute path of the file that it comes from. */
function readDoor(index: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const [, names = '', file = ''] of readFileSync(index, 'utf8').matchAll(/^export \{([^}]*)\} from ['"]([^'"]+)['"]/gm)) {
    for (const name of names.split(',')) files.set(name.trim(), join(dirname(index), file))
  }
  return files
}

function openDoors(source: string, behind: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  return source.replace(/^import \{([^}]*)\} from '(@[\w/-]+)'/gm, (statement, names: string, door: string) => {
    const files = behind.get(door)
    if (!files) return statement
    const values = names.split(',').map((name) => name.trim())
    return values
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => `import { ${name} } from ${JSON.stringify(files.get(exportedName(name)) ?? fail(name, door))}`)
      .join(';')
  })
}

/** `a` of `a as b`. */
function exportedName(name: string): string {
  return name.split(' as ', 1)[0] ?? name
}

function fail(name: string, door: string): never {
  throw new Error(`${door} exports no ${name} by an \`export { … } from\` of its own`)
}
