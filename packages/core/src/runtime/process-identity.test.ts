import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { processIdentity } from './process-identity.ts'
import { systemRandom } from './random.ts'

const random = systemRandom()
const linux = process.platform === 'linux'

/** The owner string with one of its parts changed. */
function change(owner: string, part: 'host' | 'machine' | 'boot' | 'namespace' | 'pid' | 'start', value: string): string {
  const parts = owner.split(':')
  parts[['host', 'machine', 'boot', 'namespace', 'pid', 'start'].indexOf(part)] = encodeURIComponent(value)
  return parts.join(':')
}

describe('processIdentity', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  async function idleChild(): Promise<ChildProcess & { pid: number }> {
    const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    children.push(child)
    await once(child.stdout, 'data')
    return Object.assign(child, { pid: child.pid ?? 0 })
  }

  const self = processIdentity(random)

  it('is another owner every time, and none of them is gone while this process runs', () => {
    const other = processIdentity(random)
    expect(other.owner).not.toBe(self.owner)
    expect(self.isGone(self.owner)).toBe(false)
    expect(self.isGone(other.owner)).toBe(false)
  })

  it('knows that a process has ended', async () => {
    const child = await idleChild()
    const owner = change(change(self.owner, 'pid', String(child.pid)), 'start', '')
    expect(self.isGone(owner)).toBe(false)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(self.isGone(owner)).toBe(true)
  })

  it.runIf(linux)('knows that a pid was given to a later process', () => {
    expect(self.isGone(change(self.owner, 'start', '1'))).toBe(true)
  })

  it.runIf(linux)('knows that a process has ended though its parent has not asked for its status', async () => {
    // A shell that has become `sleep` never waits for the child that it started before.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
    children.push(parent)
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(line)
    const fieldsOf = (process: number | undefined) => readFileSync(`/proc/${process}/stat`, 'utf8').split(/\) | /)
    const until = async (condition: () => boolean) => {
      while (!condition()) await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => fieldsOf(parent.pid)[1] === '(sleep')
    const start = fieldsOf(pid)[21] ?? ''
    const owner = change(change(self.owner, 'pid', String(pid)), 'start', start)
    expect(self.isGone(owner)).toBe(false)
    process.kill(pid, 'SIGKILL')
    await until(() => fieldsOf(pid)[2] === 'Z')
    expect(self.isGone(owner)).toBe(true)
  })

  it.runIf(linux)('takes what another boot of this machine held for gone', () => {
    const machine = self.owner.split(':')[1]
    const owner = change(self.owner, 'boot', '00000000-0000-4000-8000-000000000000')
    // Without a machine id the host name alone proves nothing.
    expect(self.isGone(owner)).toBe(machine !== '')
  })

  it('knows nothing of other hosts, machines and containers', () => {
    const ended = change(self.owner, 'pid', '4194305')
    expect(self.isGone(change(ended, 'host', 'elsewhere'))).toBe(false)
    expect(self.isGone(change(ended, 'machine', 'f'.repeat(32)))).toBe(false)
    expect(self.isGone(change(ended, 'namespace', 'pid:[1]'))).toBe(false)
  })

  it.runIf(linux)('does not take a process of another boot for gone when the machine is another', () => {
    expect(self.isGone(change(change(self.owner, 'boot', 'x'), 'machine', ''))).toBe(false)
  })

  it('takes nothing for gone that is no owner', () => {
    for (const owner of [
      '',
      ':',
      '%',
      '%:%:%:%:%:%:%',
      'a:b:c',
      change(self.owner, 'pid', '-1'),
      change(self.owner, 'pid', '0'),
      change(self.owner, 'pid', '1e1'),
    ])
      expect(self.isGone(owner)).toBe(false)
    fc.assert(fc.property(fc.string(), (owner) => !self.isGone(owner)))
  })
})
