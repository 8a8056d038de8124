import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { certificateFor } from '../target.test.fixture.ts'
import { createNginxTarget } from './index.ts'

// nginx itself is in lab/nginx.test.ts.

const o = { signal: new AbortController().signal, reason: 'deploy' as const }

async function openNginx(test: (folder: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-nginx-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const target = createNginxTarget({
    folder: join(folder, '{name}'),
    test: ['sh', '-c', `echo >> ${folder}/tests; ${test(folder)}`],
    reload: ['sh', '-c', `echo >> ${folder}/reloads`],
    debounceMs: 200,
  })
  const times = async (file: string) => (await stat(join(folder, file)).catch(() => ({ size: 0 }))).size
  return { folder, target, times }
}

it('a domain whose files nginx does not accept keeps no other from being served', async () => {
  const { folder, target, times } = await openNginx((folder) => `! test -e ${folder}/bad.example.test/cert.pem`)
  const names = ['a.example.test', 'bad.example.test', 'c.example.test']
  const certificates = await Promise.all(names.map((name) => certificateFor(name, 1)))
  const done = await Promise.allSettled(certificates.map((certificate) => target.deploy(certificate, o)))
  expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(done[1]).toMatchObject({ reason: { code: 'DEPLOY_FAILED', message: expect.stringContaining('were put back') } })
  expect(await readFile(join(folder, 'c.example.test', 'cert.pem'), 'utf8')).toBe(certificates[2]?.certificate)
  await expect(stat(join(folder, 'bad.example.test', 'cert.pem'))).rejects.toThrow('ENOENT')
  expect(await times('reloads')).toBe(2)
})

it('a configuration that is broken anyway is asked about twice, however many domains come', async () => {
  const { target, times } = await openNginx(() => 'exit 1')
  const certificates = await Promise.all([1, 2, 3, 4, 5].map((n) => certificateFor(`n${n}.example.test`, 1)))
  const done = await Promise.allSettled(certificates.map((certificate) => target.deploy(certificate, o)))
  expect(done.every(({ status }) => status === 'rejected')).toBe(true)
  expect([await times('tests'), await times('reloads')]).toEqual([2, 0])
})
