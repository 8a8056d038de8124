import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const bin = fileURLToPath(new URL('../../packages/cli/bin/domainctl.js', import.meta.url))

test('the pipeline issues, deploys, proves and renews in a sandbox, and leaves nothing but what it deployed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-pipeline-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await copyFile(new URL('pipeline.sh', import.meta.url), join(directory, 'pipeline.sh'))
  const child = spawn(process.execPath, [bin, 'sandbox', 'exec', '--serve', 'deployed', '--', 'sh', 'pipeline.sh'], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, XDG_CACHE_HOME: join(directory, 'cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  expect({ code, stdout: code === 0 ? '' : stdout, stderr: code === 0 ? '' : stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  })
  expect(stdout).toMatch(/pipeline: shop\.example\.test went from certificate \w+ to \w+/)
  const deployed = await readdir(join(directory, 'deployed', 'shop.example.test'))
  // Beside them, hidden, is what they are links to.
  expect(deployed.filter((name) => !name.startsWith('.')).sort()).toEqual([
    'cert.pem',
    'chain.pem',
    'fullchain.pem',
    'privkey.pem',
  ])
  expect((await readdir(directory)).filter((name) => name !== 'cache').sort()).toEqual(['deployed', 'pipeline.sh'])
})
