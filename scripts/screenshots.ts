// Draws docs/img from what the built command prints in a sandbox: real runs, at 96 columns. Their dates are those of the day, so
// that nothing compares them: run it (npm run screenshots) when the output has changed, and look at what comes of it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { terminalSvg } from './terminal-svg.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'packages', 'cli', 'bin', 'domainctl.js')
const COLUMNS = 96

/** What is set up without being shown, then what is shown; `…` stands for what a person would have in the configuration. */
const SCENES = [
  {
    file: 'list.svg',
    title: 'domainctl issue, list and history',
    before: [
      'issue blog.example.test docs.example.test',
      'add www.acme.test --provider manual --target edge.example.test',
      'add old.example.test --ownership none',
      'suspend old.example.test --reason unpaid',
    ],
    shown: ['issue shop.example.test', 'list', 'history shop.example.test --limit 8'],
    mayFail: false,
  },
  {
    file: 'verify.svg',
    title: 'domainctl verify says what is missing',
    before: ['add shop.example.test --provider manual --target edge.example.test'],
    shown: ['verify shop.example.test'],
    mayFail: true,
  },
] as const

if (process.env.DOMAINCTL_SANDBOX !== '1') {
  const { status } = spawnSync(
    process.execPath,
    [bin, 'sandbox', 'exec', '--', process.execPath, fileURLToPath(import.meta.url)],
    {
      stdio: 'inherit',
    },
  )
  process.exit(status ?? 1)
}

for (const scene of SCENES) {
  const folder = mkdtempSync(join(tmpdir(), 'domainctl-screenshots-'))
  try {
    for (const line of scene.before) run(line, folder, false)
    const text = scene.shown.map(
      (line) => `\u001b[2m$\u001b[22m \u001b[1mdomainctl ${line}\u001b[22m\n${run(line, folder, scene.mayFail)}`,
    )
    writeFileSync(join(root, 'docs', 'img', scene.file), terminalSvg(text.join('\n'), { columns: COLUMNS, title: scene.title }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a terminal would show: both streams in the order in which they were written. */
function run(line: string, cwd: string, mayFail: boolean): string {
  const { CI: _, NO_COLOR: __, ...env } = process.env
  const { status, stdout } = spawnSync('sh', ['-c', `"$0" "$1" ${line} 2>&1`, process.execPath, bin], {
    cwd,
    encoding: 'utf8',
    env: {
      ...env,
      COLUMNS: String(COLUMNS),
      FORCE_COLOR: '1',
      LC_ALL: 'C.UTF-8',
      DOMAINCTL_STATE: `file:${join(cwd, 'state.db')}`,
      DOMAINCTL_EMAIL: 'ops@example.test',
      DOMAINCTL_ACCEPT_TOS: 'true',
      DOMAINCTL_PROVIDER: line.includes('--provider') ? '' : 'rfc2136',
    },
  })
  if (status !== 0 && !mayFail) throw new Error(`domainctl ${line} exited with ${status}:\n${stdout}`)
  return stdout
}
