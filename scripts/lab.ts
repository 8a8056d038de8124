// A lab for use by hand: `npm run lab` opens a shell in it, `npm run lab -- COMMAND…` runs a command in it.
// `--dns knot` before the command takes Knot in place of BIND.
import { fileURLToPath } from 'node:url'
import { enterLab, namespaceArguments } from '../lab/enter.ts'
import { missingForLab } from '../lab/missing.ts'
import { runCommand } from './child.ts'

const shell = fileURLToPath(new URL('../lab/shell.ts', import.meta.url))
const { dns, command } = parseArguments(process.argv.slice(2))
const missing = missingForLab()
const namespace = namespaceArguments()
if (missing.length > 0 || namespace === null) {
  console.error(
    `lab: missing on this machine:\n${missing.map((what) => `  - ${what}\n`).join('')}Install it with: npm run lab:install`,
  )
  process.exitCode = 1
} else {
  process.exitCode = await runCommand(enterLab(namespace, [process.execPath, shell, dns, ...command]), process.env)
}

/** `[--dns bind|knot] [COMMAND…]`: our one option comes before the command, what follows belongs to the command. */
function parseArguments(args: readonly string[]): { dns: 'bind' | 'knot'; command: readonly string[] } {
  const chosen = args[0] === '--dns'
  const dns = chosen ? args[1] : 'bind'
  const command = chosen ? args.slice(2) : args
  if ((dns === 'bind' || dns === 'knot') && !command[0]?.startsWith('-')) return { dns, command }
  console.error('usage: npm run lab -- [--dns bind|knot] [COMMAND…]')
  process.exit(2)
}
