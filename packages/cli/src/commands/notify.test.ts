import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'
import { faultOf } from '../schema/checked-output.test.support.ts'

const PATH = '/hooks/very-secret-path'

async function receiver(status: number): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    bodies.push(body)
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`, bodies }
}

async function folderWith(channels: Record<string, unknown>): Promise<string> {
  const cwd = await temporaryFolder()
  await writeFile(join(cwd, 'domainctl.config.json'), JSON.stringify({ notifications: { channels } }))
  return cwd
}

const hook = (name: string) => ({ type: 'webhook', url: `env:${name}`, secret: 'env:HOOK_SECRET' })

describe('notify test', () => {
  it('sends a sample to each channel, and fails when one fails', async () => {
    const [good, bad] = [await receiver(204), await receiver(500)]
    const cwd = await folderWith({ ops: hook('GOOD'), pager: hook('BAD') })
    const env = { GOOD: good.url, BAD: bad.url, HOOK_SECRET: 'a-secret-of-twenty-bytes', DOMAINCTL_ALLOW_PRIVATE: '1' }
    const shown = await runIn(cwd, ['notify', 'test'], { env })
    expect(shown.code).toBe(7)
    expect(shown.stdout).toMatch(/✔ ops {4}webhook {2}took it[\s\S]*✖ pager {2}webhook {2}did not take it/)
    expect(shown.stderr).toContain('CHANNEL_UNREACHABLE')
    expect(shown.stdout + shown.stderr).not.toContain('very-secret')
    expect(JSON.parse(good.bodies[0] ?? '')).toMatchObject({
      notices: [{ title: 'Test of the channel ops', details: { test: true } }],
    })
    expect(faultOf('post-notices.json', JSON.parse(good.bodies[0] ?? ''))).toBeNull()
    const one = await runIn(cwd, ['notify', 'test', 'pager', '--json'], { env })
    expect(one.code).toBe(6)
    expect(one.json()).toMatchObject({ channels: [{ channel: 'pager', ok: false, error: { code: 'CHANNEL_UNREACHABLE' } }] })
    expect((await runIn(cwd, ['notify', 'test', 'ops'], { env })).code).toBe(0)
    expect((await runIn(cwd, ['notify', 'test', 'nobody'], { env })).code).toBe(2)
  })

  it('goes to no private address unless it may', async () => {
    const { url, bodies } = await receiver(204)
    const cwd = await folderWith({ ops: hook('HOOK') })
    const ran = await runIn(cwd, ['notify', 'test'], { env: { HOOK: url, HOOK_SECRET: 'a-secret-of-twenty-bytes' } })
    expect(ran.code).toBe(6)
    expect(ran.stderr).toContain('--allow-private')
    expect(bodies).toEqual([])
  })

  it('says what to do where there is no channel, or a secret is not there', async () => {
    const none = await runIn(await temporaryFolder(), ['notify', 'test'])
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('notifications.channels')
    const cwd = await folderWith({ ops: hook('NOT_SET') })
    const unset = await runIn(cwd, ['notify', 'test'])
    expect(unset.code).toBe(2)
    expect(unset.stderr).toContain('NOT_SET')
  })
})

describe('notify deliver', () => {
  it('sends nothing where nothing waits', async () => {
    const cwd = await folderWith({ ops: hook('HOOK') })
    const ran = await runIn(cwd, ['notify', 'deliver', '--json'])
    expect(ran.code).toBe(0)
    expect(ran.json()).toEqual({ sent: 0, failed: 0, gaveUp: 0 })
  })
})
