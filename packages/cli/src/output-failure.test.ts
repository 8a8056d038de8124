import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { hasGone, type OutputProcess, surviveOutputFailure } from './output-failure.ts'

/** As process.stdout is: it stays open after an error. */
function stream(written: string[], code?: string): Writable {
  return new Writable({
    autoDestroy: false,
    emitClose: false,
    write(chunk, _, done) {
      written.push(String(chunk))
      done()
      if (code !== undefined) this.emit('error', Object.assign(new Error(code), { code }))
    },
  })
}

async function fails(codes: { stdout?: string; stderr?: string }) {
  const stdout: string[] = []
  const stderr: string[] = []
  const process: OutputProcess = { stdout: stream(stdout, codes.stdout), stderr: stream(stderr, codes.stderr) }
  surviveOutputFailure(process)
  process.stdout.write('one')
  process.stdout.write('two')
  process.stderr.write('note')
  await setImmediate()
  return { stdout, stderr, exitCode: process.exitCode, hasGone: hasGone(process.stdout) }
}

it('tells once that stdout cannot be written, and exits with 2', async () => {
  const { stderr, exitCode } = await fails({ stdout: 'ENOSPC' })
  expect(exitCode).toBe(2)
  expect(stderr).toEqual([expect.stringContaining('cannot be written: ENOSPC'), 'note'])
})

it('writes nothing about stderr, which would fail again', async () => {
  expect(await fails({ stderr: 'ENOSPC' })).toEqual({ stdout: ['one', 'two'], stderr: ['note'], exitCode: 2, hasGone: false })
  expect((await fails({ stdout: 'ENOSPC', stderr: 'ENOSPC' })).stderr).toHaveLength(2)
})

it('takes a reader that has gone for no fault', async () => {
  expect(await fails({ stdout: 'EPIPE', stderr: 'EPIPE' })).toMatchObject({
    stderr: ['note'],
    exitCode: undefined,
    hasGone: true,
  })
})
