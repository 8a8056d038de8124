import { execFileSync } from 'node:child_process'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../command.test.support.ts'
import { withOwnCommand } from './own-command.ts'

describe('domainctl on PATH', () => {
  it('is this very command, wherever it lies, and gets all arguments as they are', async () => {
    const folder = join(await temporaryFolder(), "a 'quoted' $HOME")
    await mkdir(folder)
    const own = join(folder, 'own.js')
    await writeFile(own, 'console.log(JSON.stringify(process.argv.slice(2)))')
    const env = await withOwnCommand({ PATH: '/bin', OTHER: 'x' }, [process.execPath, own], folder)
    expect(env).toEqual({ PATH: `${join(folder, 'bin')}${delimiter}/bin`, OTHER: 'x' })
    const args = ['--json', 'a b', "it's", '']
    expect(JSON.parse(execFileSync('domainctl', args, { env, encoding: 'utf8' }))).toEqual(args)
    expect((await stat(join(folder, 'bin'))).mode & 0o777).toBe(0o700)
  })

  it('leaves the usual programs to be found where PATH was not set', async () => {
    const folder = await temporaryFolder()
    const env = await withOwnCommand({}, ['node', 'own.js'], folder)
    expect(env.PATH?.split(delimiter)).toEqual(expect.arrayContaining([join(folder, 'bin'), '/usr/bin', '/bin']))
  })

  it('that cannot be written is an error that says what to do', async () => {
    const file = join(await temporaryFolder(), 'file')
    await writeFile(file, '')
    await expect(withOwnCommand({}, ['node'], file)).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      hint: expect.stringMatching(/--dir.*TMPDIR/),
    })
  })
})
