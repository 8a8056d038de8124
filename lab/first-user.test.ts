import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openTerminal, type Scene, type Terminal } from './first-user/terminal.ts'

const command = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
/** What was on the screen, to be read by a person: as it was with colours (`less -R`). */
const captures = fileURLToPath(new URL('../.lab/first-user', import.meta.url))

let folder: string
let terminal: Terminal

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domainctl-first-user-'))
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await symlink(process.execPath, join(bin, 'node'))
  await symlink(command, join(bin, 'domainctl'))
  terminal = await openTerminal({
    socket: join(folder, 'tmux'),
    command: ['domainctl', 'sandbox', 'exec', '--', 'bash', '--noprofile', '--norc'],
    cwd: folder,
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder, LC_ALL: 'C.UTF-8', CI: '', PS1: '[$?] $ ', HISTFILE: '' },
    columns: 80,
    rows: 24,
  })
})
afterAll(async () => {
  await terminal?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Before the terminal gets another width, which folds again what is there. */
async function keep(columns: number): Promise<void> {
  await mkdir(captures, { recursive: true })
  await writeFile(join(captures, `${columns}-columns.txt`), await terminal.scrollback())
}

/** Lines that a terminal had to fold, but for those that are there to be copied: they stay whole however long they are. */
function folded({ lines }: Scene, columns: number): string[] {
  const isToCopy = (line: string) =>
    / IN (TXT|CNAME|CAA|A) /.test(line) || /^(Next: .*|(\w+ {2,})?\S+|[A-Z]+ +\S+)$/.test(line.trim())
  return lines.filter((line) => line.length > columns && !isToCopy(line))
}

const STACK = /^\s+at \S+ ?\(?.*:\d+:\d+\)?$/m

async function typed(line: string, o: { code?: number; columns?: number; answers?: Parameters<Terminal['type']>[1] } = {}) {
  const scene = await terminal.type(line, o.answers)
  const text = scene.lines.join('\n')
  expect(scene.code, `${line}\n${text}`).toBe(o.code ?? 0)
  expect(folded(scene, o.columns ?? 80), `${line} is folded`).toEqual([])
  expect(text).not.toMatch(STACK)
  expect(text).not.toMatch(/undefined|\[object|NaN/)
  return text
}

test('somebody who meets it for the first time has a certificate, and is told each step', { timeout: 120_000 }, async () => {
  onTestFinished(() => keep(80))
  expect(await typed('domainctl', { code: 2 })).toMatch(/init[\s\S]*add NAME[\s\S]*verify NAME[\s\S]*issue NAME/)

  const asked = await typed('domainctl init', {
    answers: [
      ['E-mail', 'ops@example.test', 'Enter'],
      ['Accept the terms', 'y', 'Enter'],
      ['DNS provider', 'r', 'f', 'c', 'Enter'],
    ],
  })
  expect(asked).toContain('domainctl.config.yaml is written.')
  expect(asked).toMatch(/^Next: domainctl /m)
  expect(await readFile(join(folder, 'domainctl.config.yaml'), 'utf8')).toContain('provider: rfc2136')

  const added = await typed('domainctl add shop.example.test --target edge.example.test --ownership txt')
  expect(added).toContain('Create these 2 DNS records:')
  expect(added).toMatch(/^Next: domainctl verify shop\.example\.test/m)

  const missing = await typed('domainctl verify shop.example.test', { code: 3 })
  expect(missing).toContain('RECORD_MISSING')
  expect(missing).toContain('What to fix')
  expect(missing).toMatch(/^Next: domainctl verify shop\.example\.test/m)
  await typed('domainctl isue shop.example.test', { code: 2 })
  expect(await typed('domainctl issue shop.example.test', { code: 3 })).toMatch(/^Next: domainctl /m)

  await typed('domainctl records shop.example.test --json | domainctl sandbox publish')
  expect(await typed('domainctl verify shop.example.test')).toMatch(/^Next: domainctl issue shop\.example\.test/m)
  expect(await typed('domainctl issue shop.example.test')).toMatch(/has a certificate\.[\s\S]*^Next: domainctl /m)
  expect(await typed('domainctl list')).toMatch(/✔ {2}shop\.example\.test +active/)
  expect(await typed('domainctl history shop.example.test')).toContain('certificate.stored')
  await typed('domainctl show shop.example.test')
  await typed('domainctl doctor')
  await typed('domainctl doctor shop.example.test')
  expect(await typed('domainctl issue a.example.test b.example.test')).toMatch(/^Next: domainctl list {2}/m)
})

test.each([200, 40])('at %i columns nothing is folded either', { timeout: 60_000 }, async (columns) => {
  await terminal.resize(columns, 24)
  onTestFinished(() => keep(columns))
  for (const line of [
    'list',
    'show shop.example.test',
    'history shop.example.test',
    'renew --dry-run --all',
    'verify shop.example.test',
  ])
    await typed(`domainctl ${line}`, { columns })
  expect(await typed('domainctl list | cat', { columns: 200 })).not.toContain('\u001b')
})
