import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { manualClock } from '@domainctl/core/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../command.test.support.ts'
import { readSecretFile } from './secret.ts'
import { readSmallFile } from './small-file.ts'

describe('a small file', () => {
  it('is read whole up to 64 KiB', async () => {
    const path = join(await temporaryFolder(), 'secret')
    for (const text of ['', 'a secret\n', 'ü'.repeat(32 * 1024)]) {
      await writeFile(path, text)
      expect(await readSmallFile(path)).toBe(text)
    }
    await writeFile(path, 'x'.repeat(64 * 1024 + 1))
    await expect(readSmallFile(path)).rejects.toThrow('larger than 64 KiB')
  })

  it('is no folder, no device without an end, and nothing that is not there', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'sub'))
    await expect(readSmallFile(join(folder, 'sub'))).rejects.toThrow('neither a file nor a pipe')
    await expect(readSmallFile('/dev/zero')).rejects.toThrow('neither a file nor a pipe')
    await expect(readSmallFile(join(folder, 'gone'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a pipe', () => {
  async function pipe(): Promise<string> {
    const path = join(await temporaryFolder(), 'pipe')
    execFileSync('mkfifo', [path])
    return path
  }

  it('is read to its end, also when its writer comes later than its reader', async () => {
    const path = await pipe()
    const reading = readSmallFile(path)
    const writer = spawn('sh', ['-c', 'printf "of a "; printf pipe'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const into = spawn('sh', ['-c', `cat > "${path}"`], { stdio: [writer.stdout, 'ignore', 'ignore'] })
    onTestFinished(() => void into.kill())
    // It may have ended before the reading has.
    const closed = once(into, 'close')
    expect(await reading).toBe('of a pipe')
    await closed
  })

  // Of another process here, since bash has them and this one not.
  it.runIf(process.platform === 'linux')('is that of <(…) too', async () => {
    const bash = spawn('bash', ['-c', 'exec 3< <(printf a-secret); echo ready; cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
    await once(bash.stdout, 'data')
    expect(await readSmallFile(`/proc/${bash.pid}/fd/3`)).toBe('a-secret')
    bash.stdin.end()
    await once(bash, 'close')
  })

  it('into which nobody writes is given up, and told', async () => {
    const path = await pipe()
    await expect(readSmallFile(path, manualClock(new Date(0)))).rejects.toThrow('for a minute')
  })

  it('without an end is given up', async () => {
    const path = await pipe()
    const into = spawn('sh', ['-c', `exec yes > "${path}"`], { stdio: 'ignore' })
    onTestFinished(() => void into.kill())
    await expect(readSecretFile(path, 'CF_API_TOKEN_FILE')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `CF_API_TOKEN_FILE names the file ${path}, which cannot be read: it is larger than 64 KiB, which no secret is.`,
    })
  })
})
