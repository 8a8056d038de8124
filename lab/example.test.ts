import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startLab } from './lab.ts'

test('the example of the README, as it stands there', async () => {
  const lab = await startLab()
  onTestFinished(() => lab.stop())
  const cwd = await mkdtemp(join(tmpdir(), 'domainctl-example-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  const example = fileURLToPath(new URL('../examples/issue.ts', import.meta.url))
  const child = spawn(process.execPath, [example, 'library.example.test'], { cwd, env: { PATH: process.env.PATH, ...lab.env } })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^library\.example\.test: good until /)
})
