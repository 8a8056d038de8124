// Makes one executable of the command and of the Node that runs this: node scripts/sea.ts [FILE]. It wants nothing of the machine
// that it is copied to but what Node itself wants. See docs/packages.md.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundling, commandBundling } from './bundling.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = resolve(process.argv[2] ?? (process.platform === 'win32' ? 'domainctl.exe' : 'domainctl'))
const scratch = mkdtempSync(join(tmpdir(), 'domainctl-sea-'))
try {
  const main = join(scratch, 'domainctl.mjs')
  // One file: an executable has no others to load.
  await build({
    ...bundling(root),
    ...commandBundling(root),
    entryPoints: [join(root, 'packages', 'cli', 'src', 'bin.ts')],
    outfile: main,
    metafile: true,
  })
  writeFileSync(main, loadFiles(readFileSync(main, 'utf8')))
  const config = join(scratch, 'sea.json')
  // Without the code cache V8 would read all of the command at each start, which takes twice as long.
  const options = { main, mainFormat: 'module', output, disableExperimentalSEAWarning: true, useCodeCache: true }
  writeFileSync(config, JSON.stringify(options))
  execFileSync(process.execPath, ['--build-sea', config], { stdio: ['ignore', 'ignore', 'inherit'] })
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(`${output}: ${(statSync(output).size / 1_000_000).toFixed(0)} MB, Node ${process.version}`)

/**
 * The code with each import of what is known only when it runs (a configuration, a provider of others) made a require of the file:
 * in an executable `import()` knows Node's own modules alone. What is CommonJS is the default export, as `import()` has it.
 */
function loadFiles(code: string): string {
  const load =
    'const loadFile=async url=>{' +
    'const loaded=require(process.getBuiltinModule("node:url").fileURLToPath(url));' +
    'return process.getBuiltinModule("node:util").types.isModuleNamespaceObject(loaded)?loaded:{...loaded,default:loaded}};'
  const replaced = code.replace(/\bimport\((?=[\w$])/g, 'loadFile(')
  if (replaced === code) throw new Error('the command imports no configuration any more: is this still needed?')
  return load + replaced
}
