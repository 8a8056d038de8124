// The gate: types, lint and format, generated files.
import { spawnSync } from 'node:child_process'

const steps: [string, string[]][] = [
  ['tsc', ['-b', '--pretty', 'false']],
  ['biome', ['ci', '--error-on-warnings', '.']],
  ['node', ['scripts/generate.ts', '--check']],
]

for (const [command, args] of steps) {
  console.log(`check: ${command} ${args.join(' ')}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error(`check: ${command} failed`)
    process.exit(1)
  }
}
console.log('check: all is well')
