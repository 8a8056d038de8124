import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startProgram } from './command.ts'
import type { Suite } from './suite.ts'

/** What a reader tries first. */
export const example: Suite = (world) => {
  test('the example of the README, as it stands there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'domainctl-example-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    const program = fileURLToPath(new URL('../examples/issue.ts', import.meta.url))
    const { finished } = startProgram(program, ['library.example.test'], { directory, env: world().env })
    const { code, stdout, stderr } = await finished
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^library\.example\.test: good until /)
  })
}
