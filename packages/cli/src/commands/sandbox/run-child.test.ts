import { EventEmitter, once } from 'node:events'
import { watch } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../command.test.support.ts'
import { runChild } from './run-child.ts'

const node = process.execPath
const noSignals = { takeSignals: () => () => {} }

describe('a command in a sandbox', () => {
  it.each([0, 1, 7, 255])('ends with its own exit code %d', async (code) => {
    expect(await runChild([node, '-e', `process.exit(${code})`], { cwd: '/', env: {}, ...noSignals })).toBe(code)
  })

  it('ended by a signal has 128 + n', async () => {
    const code = await runChild([node, '-e', 'process.kill(process.pid, "SIGKILL")'], { cwd: '/', env: {}, ...noSignals })
    expect(code).toBe(128 + constants.signals.SIGKILL)
  })

  it('gets its arguments, folder and environment untouched', async () => {
    const folder = await temporaryFolder()
    const script = 'require("fs").writeFileSync("seen", JSON.stringify([process.argv.slice(1), process.env.SEEN]))'
    const args = ['--json', '', '$HOME *', '--', "it's"]
    await runChild([node, '-e', script, '--', ...args], { cwd: folder, env: { SEEN: 'yes' }, ...noSignals })
    expect(JSON.parse(await readFile(join(folder, 'seen'), 'utf8'))).toEqual([args, 'yes'])
  })

  it('that is not there is 127, one that cannot be run 126', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'plain')
    await writeFile(file, 'text')
    await chmod(file, 0o600)
    const o = { cwd: folder, env: { PATH: folder }, ...noSignals }
    expect(await runChild(['not-there'], o)).toMatchObject({
      code: 127,
      error: { code: 'USAGE', message: expect.stringContaining('not-there was not found') },
    })
    expect(await runChild(['sh -c true'], o)).toMatchObject({
      code: 127,
      error: { hint: expect.stringContaining('separate words') },
    })
    expect(await runChild([file], o)).toMatchObject({ code: 126, error: { message: expect.stringContaining('not executable') } })
  })

  it('is told of SIGTERM and SIGHUP, but not of the SIGINT that its terminal gives it, and is killed by the second', async () => {
    const folder = await temporaryFolder()
    const heard = 'const heard = (s) => require("fs").writeFileSync(s, "");'
    const script = `${heard} for (const s of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(s, heard); heard("ready"); setInterval(() => {}, 1000)`
    const signals = new EventEmitter()
    const takeSignals = (names: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void) => {
      for (const name of names) signals.on(name, listener)
      return () => void signals.removeAllListeners()
    }
    const ready = fileIn(folder, 'ready')
    const ended = runChild([node, '-e', script], { cwd: folder, env: {}, takeSignals })
    await ready
    signals.emit('SIGINT', 'SIGINT')
    const hup = fileIn(folder, 'SIGHUP')
    signals.emit('SIGHUP', 'SIGHUP')
    await hup
    signals.emit('SIGTERM', 'SIGTERM')
    expect(await ended).toBe(128 + constants.signals.SIGKILL)
    await expect(readFile(join(folder, 'SIGINT'))).rejects.toThrow()
    expect(signals.eventNames()).toEqual([])
  })
})

async function fileIn(folder: string, name: string): Promise<void> {
  const watcher = watch(folder)
  for (;;) {
    const [, file] = await once(watcher, 'change')
    if (file === name) return watcher.close()
  }
}
