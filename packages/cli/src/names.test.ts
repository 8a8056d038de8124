import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from './command.test.support.ts'
import { parseNameList } from './names.ts'

describe('parseNameList', () => {
  it('takes comments, blank lines, all line ends and a byte order mark', () => {
    expect(parseNameList('\ufeffa.example\r\n\n# all\n  b.example  # second\rc.example')).toEqual([
      { name: 'a.example', line: 1 },
      { name: 'b.example', line: 4 },
      { name: 'c.example', line: 5 },
    ])
  })

  it('keeps every name of any list, with its line', () => {
    const lines = fc.array(fc.constantFrom('', '  ', '# x', 'a.example', 'b.example # y'))
    fc.assert(
      fc.property(lines, (all) => {
        const wanted = all.flatMap((text, i) => (/^[ab]/.test(text) ? [{ name: text.slice(0, 9), line: i + 1 }] : []))
        expect(parseNameList(all.join('\n'))).toEqual(wanted)
      }),
    )
  })
})

describe('names of a command', () => {
  it('come from arguments and a file together', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'names.txt'), 'b.example\n')
    const { code, json } = await runIn(folder, ['add', 'a.example', '--from-file', 'names.txt', '--json'])
    expect(code).toBe(0)
    expect(json()).toMatchObject({
      results: [{ name: 'a.example' }, { name: 'b.example' }],
      summary: { ok: 2, failed: 0, skipped: 0 },
    })
  })

  it('come from standard input', async () => {
    const { json } = await runIn(await temporaryFolder(), ['add', '--from-file', '-', '--json'], {
      stdin: 'a.example\nb.example\n',
    })
    expect(json()).toMatchObject({ summary: { ok: 2 } })
  })

  it.each([
    [['A.example.', 'a.example'], /as argument 1 and as argument 2/],
    [['bücher.example', 'xn--bcher-kva.example'], /as argument 1 and as argument 2/],
    [['*.a.example', '*.A.example'], /argument 2/],
  ])('%j given twice is refused, with both places', async (names, places) => {
    const { code, stderr } = await runIn(await temporaryFolder(), ['add', ...names])
    expect(code).toBe(2)
    expect(stderr).toMatch(places)
  })

  it('given twice over a file and arguments is refused, with both places', async () => {
    const { code, stderr } = await runIn(await temporaryFolder(), ['add', 'a.example', '--from-file', '-'], {
      stdin: '\n\na.example',
    })
    expect(code).toBe(2)
    expect(stderr).toContain('as argument 1 and as line 3 of standard input')
  })

  it('come from a named pipe', async () => {
    const folder = await temporaryFolder()
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const running = runIn(folder, ['add', '--from-file', 'pipe', '--json'])
    await writeFile(join(folder, 'pipe'), 'a.example\nb.example\n')
    expect((await running).json()).toMatchObject({ summary: { ok: 2 } })
  })

  it.each(['pipe', '-'])('are waited for in %s only until a signal', async (file) => {
    const folder = await temporaryFolder()
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const stopping = new AbortController()
    const running = runIn(folder, ['add', '--from-file', file], { stdin: new PassThrough(), signal: stopping.signal })
    setTimeout(() => stopping.abort(), 20)
    const { code, stderr } = await running
    expect(code).toBe(130)
    expect(stderr).toContain('Stopped while the names were read')
  })

  it('have an end', async () => {
    const { code, stderr } = await runIn(await temporaryFolder(), ['add', '--from-file', '/dev/zero'])
    expect(code).toBe(2)
    expect(stderr).toContain('longer than 10 MB')
  })

  it('that are far too long are cut where they are shown', async () => {
    const { code, stderr } = await runIn(await temporaryFolder(), ['add', '--from-file', '-', 'b.example'], {
      stdin: 'a'.repeat(5000),
    })
    expect(code).toBe(7)
    expect(stderr).toContain('aaa…')
    expect(stderr).not.toContain('a'.repeat(300))
  })

  it.each([
    ['none', ['verify'], '', /No name was given/],
    ['an empty file', ['verify', '--from-file', '-'], '# nothing\n', /no name in standard input/],
    ['a file that is not there', ['verify', '--from-file', 'gone.txt'], '', /gone\.txt: ENOENT/],
    ['--all with names', ['verify', '--all', 'a.example'], '', /together with --all/],
  ])('%s is refused', async (_, argv, stdin, message) => {
    const { code, stderr } = await runIn(await temporaryFolder(), argv, { stdin })
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})
