import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ran, runIn, temporaryFolder } from './command.test.support.ts'
import type { CommandRow } from './command-row.ts'
import { COMMANDS } from './command-table.ts'
import { commonOptions } from './common-options.ts'

// Whatever is typed: with --json one document, which checkOutput holds to its schema; an exit code of the table, and never that of a
// fault of ours; nothing that only a programmer can read.

/** Nobody answers at any of these, so that nothing leaves this machine. */
const NOWHERE = { DOMAINCTL_CA: 'https://127.0.0.1:9/directory', DOMAINCTL_RESOLVER: '127.0.0.1:9', DOMAINCTL_ALLOW_PRIVATE: '1' }
const DOCUMENTED = [0, 2, 3, 4, 5, 6, 7, 8, 9, 130]

/** Waits for what never comes; and with `--verbose` the stack is what is asked for. */
const LEFT_OUT = ['--watch', '--follow', '--wait', '--timeout', '--verbose']

/** What is wrong with the configuration is what `config check` is asked for: its answer, and no failure of it. */
const FOUND_BY_CHECK = { ok: false, problems: expect.arrayContaining([expect.objectContaining({ severity: 'error' })]) }

/** Their own tests do this: they start servers and other programs. */
const rows = COMMANDS.filter(({ name }) => !['sandbox start', 'sandbox exec', 'sandbox tour'].includes(name))

function expectSound(argv: readonly string[], { code, stdout, stderr }: Ran): void {
  const told = `${argv.join(' ')}: ${stdout}${stderr}`
  expect(DOCUMENTED, told).toContain(code)
  expect(told).not.toMatch(/^\s+at .*:\d+:\d+|TypeError|RangeError|ReferenceError|\[object |"INTERNAL"/m)
  if (argv.includes('--json')) expect(stderr, told).toBe('')
}

async function typed(folder: string, argv: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const ran = await runIn(folder, [...argv], { env: { ...NOWHERE, ...env }, signal: AbortSignal.timeout(10_000) })
  expectSound(argv, ran)
  return ran
}

describe.each(rows.map((row) => [row.name, row] as const))('%s', (name, row) => {
  const command = name.split(' ')
  const needed = argumentsOf(row)

  it('refuses what it does not know, with one document', async () => {
    const folder = await temporaryFolder()
    for (const argv of [
      [...command, ...needed, '--frobnicate', '--json'],
      ['--json', '--frobnicate=1', ...command],
      [...command, '--json', '--concurrency'],
      [...command, '--json', '--concurrency', 'many'],
      [...command, '--json', '--config', 'none.yaml'],
    ]) {
      const { code, json } = await typed(folder, argv)
      // What completes a line says nothing of what is wrong with it; what needs no configuration does not read it.
      if ('runAlone' in row && code === 0) continue
      const isConfiguration = name === 'config check' && argv.some((word) => word === 'many' || word === 'none.yaml')
      const told = isConfiguration ? FOUND_BY_CHECK : { error: { actor: 'operator' } }
      expect([code, json()], argv.join(' ')).toMatchObject([2, told])
    }
  })

  it('says what is wrong with the configuration, with one document', async () => {
    if ('runAlone' in row) return
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'domainctl.config.yaml'), 'concurrency: [many]\nca: 7\n')
    const { code, json } = await typed(folder, [...command, ...needed, '--json', ...(name === 'run' ? ['--once'] : [])])
    expect([code, json()]).toMatchObject([2, name === 'config check' ? FOUND_BY_CHECK : { error: { code: 'CONFIG_INVALID' } }])
  })
})

/** What the command cannot do without. */
function argumentsOf({ args, options }: CommandRow): string[] {
  const given = args.split(' ').flatMap((one) => (one.startsWith('<') ? ['x.example'] : []))
  const mandatory = options().flatMap(({ mandatory, long }) => (mandatory && long ? [long, 'out'] : []))
  return [...given, ...mandatory]
}

it.each([
  [[]],
  [['frobnicate']],
  [['']],
  [['config']],
  [['config', 'frobnicate']],
  [['help', 'frobnicate']],
  [['sandbox', 'exec']],
  [['sandbox', 'exec', 'sh', '-c', 'true']],
  [['sandbox', 'start', '--zone', '..']],
  [['sandbox', 'start', '--lag', 'long']],
  [['sandbox', 'tour', 'now']],
  [['show', 'a.example', 'b.example']],
  [['list', '--status', 'lost']],
  [['list', '--quiet', '--label']],
])('%j is refused with one document', async (argv) => {
  const { code, json } = await typed(await temporaryFolder(), ['--json', ...argv])
  expect([code, json()]).toMatchObject([2, { error: { code: 'USAGE' } }])
})

it('a variable of the environment that is wrong is refused with one document', async () => {
  const { code, json } = await typed(await temporaryFolder(), ['list', '--json'], { DOMAINCTL_CONCURRENCY: 'many' })
  expect([code, json()]).toMatchObject([2, { error: { message: expect.stringContaining('DOMAINCTL_CONCURRENCY') } }])
})

describe('anything typed', () => {
  const word = fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      '-',
      '0',
      '-1',
      '1e309',
      'NaN',
      '٣',
      '..',
      'a'.repeat(300),
      'x'.repeat(6_000),
      '*',
      '*.*',
      'a..b',
      '💥.example',
    ),
    fc.constantFrom(
      '\0',
      '\u001b[31m',
      '\u202e',
      '\ud800',
      '%00',
      '$(id)',
      "'",
      '{}',
      '[]',
      'null',
      'file:',
      'postgres://',
      'http://',
      '=',
      ',',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.startsWith('/')),
  )
  const line = fc.constantFrom(...rows).chain((row) => {
    const options = [...row.options(), ...commonOptions()].filter(({ long }) => !LEFT_OUT.includes(long ?? ''))
    const option = fc
      .tuple(fc.constantFrom(...options), word)
      .map(([{ long = '', required }, value]) => (required ? `${long}=${value}` : long))
    const parts = fc.tuple(fc.array(word, { maxLength: 2 }), fc.array(option, { maxLength: 3 }), fc.boolean())
    return parts.map(([words, flags, json]) => [
      ...row.name.split(' '),
      ...words,
      ...flags,
      ...(row.name === 'run' ? ['--once'] : []),
      ...(json ? ['--json'] : []),
      '--yes',
    ])
  })

  it('ends with an exit code of the table, and is told in its form', async () => {
    const folder = await temporaryFolder()
    await fc.assert(
      fc.asyncProperty(line, async (argv) => {
        await typed(folder, argv)
      }),
      { numRuns: 250 },
    )
  })
})
