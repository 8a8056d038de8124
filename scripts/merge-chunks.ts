import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'

const FROM = /import\{([^{}]*)\}from"\.\/([\w-]+\.js)";?/g
const BARE = /import"\.\/([\w-]+\.js)";?/g

/**
 * Puts pieces that are only ever loaded together into the first of them. esbuild makes a piece of each set of modules that the
 * same dynamic imports reach, and every file costs Node a quarter of a millisecond to find: 8 ms of each start for thirty.
 * @param o `first`: the piece, by the beginning of its name, that brings the others in; `before`: those that are loaded earlier,
 * whose pieces stay as they are, so that nothing of the rest comes with them
 */
export async function mergeChunks(
  outdir: string,
  metafile: Metafile,
  options: BuildOptions,
  o: { first: string; before: readonly string[] },
): Promise<void> {
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [path.slice(path.lastIndexOf('/') + 1), output]),
  )
  const imported = (name: string, kind: string) =>
    (outputs.get(name)?.imports ?? [])
      .filter((one) => one.kind === kind && !one.external)
      .map(({ path }) => path.slice(path.lastIndexOf('/') + 1))
  const reach = (name: string, found = new Set<string>()): Set<string> => {
    if (found.has(name)) return found
    found.add(name)
    for (const other of imported(name, 'import-statement')) reach(other, found)
    return found
  }
  const named = (start: string) =>
    [...outputs.keys()].find((name) => /^(-\w+)?\.js$/.test(name.slice(start.length)) && name.startsWith(start)) ?? ''
  const first = named(o.first)
  const kept = o.before.map(named).reduce((found, name) => reach(name, found), new Set<string>())
  const merged = [...reach(first)].filter((name) => !kept.has(name))
  if (!merged.includes(first)) throw new Error(`there is no piece ${o.first} that comes after ${o.before.join(' and ')}`)
  const exportsOf = (name: string) => outputs.get(name)?.exports ?? []
  const places = new Map(merged.map((name, i) => [name, i]))
  const exported = (name: string, local: string) => (name === first ? local : `m${places.get(name)}_${local}`)
  const result = await build({
    ...options,
    bundle: true,
    write: false,
    banner: {},
    stdin: {
      contents: merged
        .map(
          (name) =>
            `export{${exportsOf(name)
              .map((local) => `${local} as ${exported(name, local)}`)
              .join(',')}}from"./${name}"`,
        )
        .join('\n'),
      resolveDir: outdir,
    },
    plugins: [
      {
        name: 'others-stay',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\// }, ({ path, kind }) =>
            kind === 'dynamic-import' || !places.has(path.slice(2)) ? { path, external: true } : undefined,
          ),
      },
    ],
  })
  const [file] = result.outputFiles ?? []
  if (!file) throw new Error('nothing was merged')
  for (const name of merged) rmSync(join(outdir, name))
  writeFileSync(join(outdir, first), file.text)
  for (const name of readdirSync(outdir)) {
    if (!name.endsWith('.js') || name === first) continue
    const code = readFileSync(join(outdir, name), 'utf8')
    const rewritten = code
      .replace(FROM, (whole, names: string, from: string) =>
        places.has(from)
          ? `import{${names
              .split(',')
              .map((pair) => renamed(pair, (local) => exported(from, local)))
              .join(',')}}from"./${first}";`
          : whole,
      )
      .replace(BARE, (whole, from: string) => (places.has(from) ? `import"./${first}";` : whole))
    if (rewritten !== code) writeFileSync(join(outdir, name), rewritten)
  }
}

/** `a as b` with `a` under the name that it has now. */
function renamed(pair: string, exported: (local: string) => string): string {
  const [name = '', local = name] = pair.trim().split(' as ')
  return `${exported(name)} as ${local}`
}
