import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type RunOptions, runIn, temporaryFolder } from '../command.test.support.ts'

const ESC = String.fromCharCode(27)

describe('list', () => {
  let folder = ''
  const list = (argv: string[], o?: RunOptions) => runIn(folder, ['list', ...argv], o)
  beforeEach(async () => {
    folder = await temporaryFolder()
    // A list that was written on Windows.
    await writeFile(join(folder, 'names.txt'), '\ufeffc.example\r\na.example # the first\r\n\r\nb.example\r\n')
    await runIn(folder, ['add', '--from-file', 'names.txt', '--provider', 'manual'])
    await runIn(folder, ['suspend', 'a.example'])
  })

  /** The names as they stand below each other. */
  const order = (stdout: string) => [...stdout.matchAll(/[abc]\.example/g)].map(([name]) => name)

  it('has the worst first where all fit on a page, and the order of names for programs', async () => {
    const { stdout, stderr } = await list([])
    expect(order(stdout)).toEqual(['b.example', 'c.example', 'a.example'])
    expect(stderr).toBe('3 domains: 2 waiting, 1 suspended.\n')
    expect(order((await list(['--sort', 'name'])).stdout)).toEqual(['a.example', 'b.example', 'c.example'])
    const { domains } = (await list(['--json'])).json() as { domains: { name: string }[] }
    expect(domains.map(({ name }) => name)).toEqual(['a.example', 'b.example', 'c.example'])
  })

  it('finds the worst of all behind other pages', async () => {
    const page = await list(['--limit', '1'])
    expect(order(page.stdout)).toEqual(['a.example'])
    expect(page.stderr).toContain('or see the worst of all with --sort worst')
    const worst = await list(['--limit', '1', '--sort', 'worst'])
    expect(order(worst.stdout)).toEqual(['b.example'])
    expect(worst.stderr).toBe('1 domain: 1 waiting. And 2 more that stand better.\n')
    expect((await list(['--limit', '1', '--sort', 'worst', '--json'])).json()).toMatchObject({
      domains: [{ name: 'b.example' }],
      next: null,
    })
  })

  it.each([
    [['--sort', 'worst', '--cursor', 'x'], /--sort worst and --cursor/],
    [['--interval', '5s'], /--interval was given without --watch/],
    [['--watch', '--interval', '10s', '--sort', 'best'], /'best' is invalid/],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await list(argv)
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })

  it('takes signs that can be shown, and no colours where none are wanted', async () => {
    const { stdout } = await list([], { env: { LANG: 'C', COLUMNS: '80', FORCE_COLOR: '0' } })
    expect(stdout).toMatch(/^ +NAME +STATUS +PROVIDER +EXPIRES\n~ +b\.example/)
    expect((await list([], { env: { FORCE_COLOR: '1' } })).stdout).toContain(ESC)
    expect((await list([], { terminal: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(ESC)
  })

  /** Looks once, changes something, and stops after the next look that tells of it. */
  async function watched(argv: string[]): Promise<{ code: number; lines: string[] }> {
    const stopping = new AbortController()
    let changing: Promise<unknown> | undefined
    const { code, stdout } = await list(['--watch', '--interval', '1s', ...argv], {
      signal: stopping.signal,
      onPrinted: (text) => {
        if (text.includes('a.example') && !changing) changing = runIn(folder, ['resume', 'a.example'])
        else if (text.includes('a.example')) stopping.abort()
      },
    })
    await changing
    return { code, lines: stdout.trimEnd().split('\n') }
  }

  it('is watched: a line for each domain, then for each change', async () => {
    const { code, lines } = await watched([])
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [
        expect.stringMatching(/^[\d: -]+ i a\.example: suspended/),
        expect.stringMatching(/… b\.example: \w+$/),
        expect.stringMatching(/… c\.example: \w+$/),
        expect.stringMatching(/… a\.example: (?!suspended)/),
      ],
    })
  })

  it('is watched by programs as JSON lines', async () => {
    const { code, lines } = await watched(['--json'])
    expect(code).toBe(0)
    expect(lines.map((line) => JSON.parse(line)).map(({ name, domain }) => [name, domain.status])).toEqual([
      ['a.example', 'suspended'],
      ['b.example', expect.any(String)],
      ['c.example', expect.any(String)],
      ['a.example', expect.not.stringMatching('suspended')],
    ])
  })
})
