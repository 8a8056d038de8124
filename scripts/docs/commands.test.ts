import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { COMMANDS } from '../../packages/cli/src/command-table.ts'
import { parsedLine } from '../../packages/cli/src/parsed-line.test.support.ts'
import { type DocumentedWorld, startDocumentedWorld } from './documented-world.ts'
import { blocksOf, type Page, pages, proseOf } from './markdown.ts'
import { commandsOf, type ShellCommand } from './shell-lines.ts'

/** Commands that are held to the table of the commands alone, and why they cannot be run. */
const NOT_RUN: readonly [RegExp, string][] = [
  [/…|\.\.\.|<[a-z]|\$\{?[A-Za-z]|\b(?:NAME|FILE|TOKEN|PASSWORD|ZONE|SHELL|COMMAND)\b/, 'says what has to be put in'],
  [/postgres:\/\//, 'needs a PostgreSQL'],
  [/^sandbox /, 'is what the tests of the sandbox are about'],
  [/^completion /, 'is what the tests of the completion are about'],
  [/^run(?! .*--once)/, 'does not end by itself'],
  [/--(?:watch|follow)\b/, 'does not end by itself'],
  [/--http01-listen|--challenge http-01/, 'needs port 80 of a server on the Internet'],
  [/--ca (?!http:\/\/127)|^account import/, 'speaks to a CA on the Internet'],
  [/--account |^account deactivate/, 'is about an account that was made under another name'],
  [/--csr /, 'needs the request that the line before it makes'],
  [/--provider route53/, 'reads its credentials from the environment of this very process'],
  [/--config /, 'needs the configuration of the page'],
  [/^state (?:copy|rotate-key)|file:\//, 'is about a state of the reader, with a key of its own'],
  [/--finish|--abandon$/, 'needs what the line before it begins'],
  [/^import \S+(?: --|$)/, 'looks where the other client keeps its certificates on this machine'],
]

/** Files that no test writes stand for those below the folder that it runs in. */
const PLACES = /^(?:~|\/(?:etc|var|run|safe|srv|usr|tmp|backups?|home|opt))\//

let world: DocumentedWorld
beforeAll(async () => {
  world = await startDocumentedWorld()
})
afterAll(() => world[Symbol.asyncDispose]())

function commandsIn(page: Page): ShellCommand[] {
  const blocks = blocksOf(page).filter(({ language }) => ['sh', 'shell', 'bash', 'console'].includes(language))
  return blocks.flatMap(commandsOf)
}

const documented = pages().map((page) => ({ path: page.path, commands: commandsIn(page) }))
const withCommands = documented.filter(({ commands }) => commands.length > 0)

it('the pages have commands, and most of them are run', () => {
  const all = withCommands.flatMap(({ commands }) => commands)
  const run = all.filter(({ argv }) => whyNotRun(argv) === null)
  expect(all.length).toBeGreaterThan(60)
  expect(run.length).toBeGreaterThan(all.length / 2)
})

it('commands within sentences are as the command takes them, but for what is left out', async () => {
  const wrong: string[] = []
  let checked = 0
  for (const page of pages()) {
    for (const [i, line] of proseOf(page).entries()) {
      for (const [, text = ''] of line.matchAll(/`((?:npx )?domainctl [^`[]*)`/g)) {
        for (const { at, argv } of commandsOf({ at: `${page.path}:1`, line: i + 1, language: 'sh', text })) {
          checked++
          await parsedLine(argv).catch((error: Error) => wrong.push(`${at}: ${text}\n  ${error.message}`))
        }
      }
    }
  }
  expect(checked).toBeGreaterThan(100)
  // A sentence names a command without its arguments, and help with a word that stands for one.
  const leftOut = /Missing required argument|needs a subcommand|There is no code (?:CODE|COMMAND)\./
  expect(wrong.filter((one) => !leftOut.test(one))).toEqual([])
})

it('no command stands in a block that does not say what it is', () => {
  const blocks = pages().flatMap(blocksOf)
  const nameless = blocks.filter(({ language, text }) => language === '' && /^(?:\$ )?(?:npx )?domainctl /m.test(text))
  expect(nameless.map(({ at }) => at)).toEqual([])
})

it('of the reasons why a command is not run none is left over', () => {
  const lines = withCommands.flatMap(({ commands }) => commands).map(({ argv }) => argv.join(' '))
  const examples = COMMANDS.flatMap((row) => row.examples).map((line) => line.replace(/^domainctl /, ''))
  expect(NOT_RUN.filter(([pattern]) => ![...lines, ...examples].some((line) => pattern.test(line)))).toEqual([])
})

it.each(withCommands)('the commands of $path are as the command takes them', async ({ commands }) => {
  const wrong: string[] = []
  for (const { at, text, argv } of commands) {
    await parsedLine(argv).catch((error: Error) => wrong.push(`${at}: ${text}\n  ${error.message}`))
  }
  expect(wrong).toEqual([])
})

it.each(withCommands)('the commands of $path run', { timeout: 120_000 }, async ({ commands }) => {
  let folder = await world.folder()
  const wrong: string[] = []
  for (const { at, text, argv } of commands) {
    if (whyNotRun(argv) !== null) continue
    // It makes the configuration that the other lines take for granted.
    if (argv[0] === 'init') folder = await world.unconfiguredFolder()
    let { code, stdout, stderr } = await folder.run(runnable(argv, folder.path))
    if (stderr.includes('DOMAIN_EXISTS')) {
      // The page begins with a new name, which the others take for granted.
      folder = await world.emptyFolder()
      ;({ code, stdout, stderr } = await folder.run(runnable(argv, folder.path)))
    }
    const [, promised] = /#.*\bexit (\d+)/.exec(text) ?? []
    if (promised !== undefined && code !== Number(promised))
      wrong.push(`${at}: ${text}\n  exit code ${code}: ${stderr || stdout}`)
    // The names of an example may have no records, or its target no server: what is wrong with the line itself is 2, or ours.
    if (code === 1 || code === 2) wrong.push(`${at}: ${text}\n  exit code ${code}: ${stderr || stdout}`)
  }
  expect(wrong).toEqual([])
})

it('the examples of every help are as the command takes them', async () => {
  const wrong: string[] = []
  for (const { name, examples } of COMMANDS) {
    const block = { at: `help of ${name}:1`, line: 1, language: 'sh', text: examples.join('\n') }
    const commands = commandsOf(block)
    if (commands.length < examples.length) wrong.push(`${name}: not every example is a command of domainctl`)
    const shown = new Set<string | undefined>()
    for (const { text, argv } of commands) {
      const parsed = await parsedLine(argv).catch((error: Error) => void wrong.push(`${name}: ${text}\n  ${error.message}`))
      shown.add(parsed?.row.name)
    }
    if (!shown.has(name)) wrong.push(`${name}: no example is one of it`)
  }
  expect(wrong).toEqual([])
})

it.each([
  [['list', '--colour']],
  [['lists']],
  [['show']],
  [['show', 'a.example', 'b.example']],
  [['list', '--status', 'lost']],
  [['sandbox', 'exec', 'sh', '-c', 'true']],
])('a page with %j would be found', async (argv) => {
  await expect(parsedLine(argv)).rejects.toMatchObject({ code: 'USAGE' })
})

it('reads lines as a shell does', () => {
  const text = [
    '$ FOO=1 npx domainctl list --label "a b" | jq . # says',
    'domainctl is no command here',
    "$ domainctl audit --event 'record.*' \\",
    '  --jsonl > out.jsonl && domainctl show x.example >> y 2>&1',
  ].join('\n')
  const block = { at: 'a.md:1', line: 2, language: 'console', text }
  expect(commandsOf(block).map(({ at, argv }) => [at, ...argv])).toEqual([
    ['a.md:2', 'list', '--label', 'a b'],
    ['a.md:4', 'audit', '--event', 'record.*', '--jsonl'],
    ['a.md:4', 'show', 'x.example'],
  ])
  expect(() => commandsOf({ ...block, language: 'sh', text: "domainctl list 'a" })).toThrow('a.md:2: a quote has no end')
})

function whyNotRun(argv: readonly string[]): string | null {
  const line = argv.join(' ')
  return NOT_RUN.find(([pattern]) => pattern.test(line))?.[1] ?? null
}

/** Nobody is asked, nothing is waited for, and nothing outside of the folder is written. */
function runnable(argv: readonly string[], folder: string): string[] {
  const behind = argv.includes('--') ? argv.slice(argv.indexOf('--')) : []
  const moved = argv.slice(0, argv.length - behind.length).map((word) => (PLACES.test(word) ? join(folder, word) : word))
  const short = moved.includes('--wait') && !moved.includes('--timeout') ? ['--timeout', '1s'] : []
  const timeout = moved.indexOf('--timeout')
  if (timeout >= 0) moved[timeout + 1] = '1s'
  return [...moved, ...short, '--yes', ...behind]
}
