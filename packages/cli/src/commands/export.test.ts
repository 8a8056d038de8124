import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

const SECRET = 'correct-horse-battery'
const NO_DOMAIN = 'DOMAINCTL_PKCS12_PASSWORD'

it.each<[string, string[], Record<string, string>, RegExp]>([
  ['no password', ['--pkcs12'], {}, /there is no password for it/],
  ['an empty variable', ['--pkcs12', '--password-env', 'PW'], { PW: '' }, /a variable that is not set/],
  ['the password itself in place of a name', ['--pkcs12', '--password-env', SECRET], {}, /a variable that is not set/],
  ['a file that is not there', ['--pkcs12', '--password-file', 'none'], {}, /none, which cannot be read: ENOENT/],
  ['an empty file', ['--pkcs12', '--password-file', 'empty'], {}, /empty, which is empty/],
  ['a folder', ['--pkcs12', '--password-file', 'folder'], {}, /neither a file nor a pipe/],
  ['two passwords', ['--pkcs12', '--password-file', 'empty', '--empty-password'], {}, /exclude each other/],
  ['a password for nothing', ['--password-env', 'PW'], { PW: SECRET }, /none was asked for/],
  ['an empty password for nothing', ['--empty-password'], {}, /none was asked for/],
  [
    'a variable and its file',
    ['--pkcs12'],
    { [NO_DOMAIN]: SECRET, [`${NO_DOMAIN}_FILE`]: 'x' },
    /Both DOMAINCTL_PKCS12_PASSWORD/,
  ],
])('%s is refused: 2', async (_, flags, env, message) => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'empty'), '\n')
  await mkdir(join(folder, 'folder'))
  const { code, stdout, stderr } = await runIn(folder, ['export', 'a.example', '--out', 'tls', ...flags], { env })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
  expect(stderr).not.toContain(SECRET)
  expect((await readdir(folder)).sort()).toEqual(['empty', 'folder'])
})
