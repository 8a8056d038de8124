import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeployTarget } from '@domainctl/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createExecTarget } from './exec/index.ts'
import { createFilesTarget } from './files/index.ts'
import { createHaproxyTarget } from './haproxy/index.ts'
import { certificateFor } from './target.test.fixture.ts'

// What a person is told when the files of a certificate cannot be written: what is wrong, and what helps against just that.

const certificate = await certificateFor('shop.example.test', 1)
const deploy = (target: DeployTarget, what = certificate) =>
  target.deploy(what, { signal: new AbortController().signal, reason: 'deploy' })

async function folderOfTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-unwritable-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

it('a file of an earlier configuration is to be moved away, which no right to write does', async () => {
  const folder = join(await folderOfTest(), '{name}')
  await deploy(createFilesTarget({ folder, combinedFile: 'combined.pem' }))
  const renewed = await certificateFor('shop.example.test', 2)
  await expect(deploy(createFilesTarget({ folder }), renewed)).rejects.toMatchObject({
    code: 'DEPLOY_FAILED',
    message: expect.stringContaining('combined.pem belongs to the set there'),
    hint: expect.stringMatching(/^Move it away once nothing reads it/),
  })
})

it('a path that leads through a file is told with what the system says', async () => {
  const folder = await folderOfTest()
  await writeFile(join(folder, 'file'), '')
  await expect(deploy(createFilesTarget({ folder: join(folder, 'file', '{name}') }))).rejects.toMatchObject({
    code: 'DEPLOY_FAILED',
    hint: expect.stringContaining('right to write'),
  })
  vi.stubEnv('TMPDIR', join(folder, 'file'))
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(deploy(createExecTarget({ command: ['true'] }))).rejects.toMatchObject({
    code: 'DEPLOY_FAILED',
    hint: expect.stringContaining('right to write'),
  })
})

it('HAProxy is not blamed for a list that cannot be written', async () => {
  const folder = await folderOfTest()
  const socket = join(folder, 'admin.sock')
  const server = createServer((connection) => connection.on('data', () => connection.end('\n')).on('error', () => undefined))
  await new Promise<void>((listening) => server.listen(socket, listening))
  onTestFinished(() => void server.close())
  const target = createHaproxyTarget({ file: join(folder, '{name}.pem'), crtList: join(folder, 'none', 'list.txt'), socket })
  await expect(deploy(target)).rejects.toMatchObject({
    code: 'DEPLOY_FAILED',
    message: expect.stringMatching(/ENOENT[^.]*list\.txt'; what was there before/),
    hint: expect.stringContaining('right to write'),
  })
})
