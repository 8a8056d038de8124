import { createServer } from 'node:http'
import { join } from 'node:path'
import { startSandbox } from '@domainctl/sandbox'
import { expect, it, onTestFinished } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

it('prints what answers a challenge while an order waits for it, and exits with 3 before and after', async () => {
  const sandbox = await startSandbox({
    zones: ['example.test'],
    records: [{ name: 'example.test', type: 'A', value: '127.0.0.1' }],
  })
  onTestFinished(() => sandbox.stop())
  const folder = await temporaryFolder()
  // In the place of the CA's look: whoever listens asks the command.
  const seen: string[] = []
  const env: Record<string, string> = {}
  const server = createServer(async ({ url = '' }, response) => {
    const token = url.split('/').at(-1) ?? ''
    seen.push(token)
    const { code, stdout, json } = await runIn(folder, ['challenge', '--json', '--', token], { env })
    const { keyAuthorization } = json() as { keyAuthorization: string }
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ token, keyAuthorization })
    const plain = await runIn(folder, ['challenge', '--', token], { env })
    expect(plain).toMatchObject({ code: 0, stdout: `${keyAuthorization}\n` })
    response.end(plain.stdout)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  sandbox.ca.settings.httpPort = port
  Object.assign(env, await sandbox.environment(join(folder, 'roots')), { DOMAINCTL_ACCEPT_TOS: '1' })
  expect(env.DOMAINCTL_HTTP_PORT).toBe(String(port))
  const issued = await runIn(folder, ['issue', 'example.test', '--challenge', 'http-01', '--json'], { env })
  expect(issued.code, issued.stdout).toBe(0)
  expect(issued.json()).toMatchObject({ results: [{ domain: { challenge: 'http-01' } }] })
  // Once by the self-check, once by the CA.
  expect(seen).toHaveLength(2)
  for (const token of [seen[0] ?? '', '-starts-with-a-dash', '--state=file:/dev/null', '../../etc/passwd']) {
    const after = await runIn(folder, ['challenge', '--', token], { env })
    expect(after).toMatchObject({ code: 3, stdout: '' })
    expect(after.stderr).toContain('No order waits for the token')
    expect((await runIn(folder, ['challenge', '--json', '--', token], { env })).json()).toEqual({ token, keyAuthorization: null })
  }
})

it.each([
  [['--challenge', 'http-01', '--wildcard'], /a wildcard stands for no host/],
  [['--challenge', 'http-01', '--delegate', 'validation.test'], /is one over DNS/],
  [['--challenge', 'tls-alpn-01'], /Allowed choices are dns-01, http-01/],
  [['--http01-listen', 'localhost:80'], /expected IP:PORT/],
  [['--http01-listen', '::1:80'], /expected IP:PORT/],
])('%j is refused', async (flags, message) => {
  const refused = await runIn(await temporaryFolder(), ['add', 'shop.example.com', ...flags])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(message)
})

it('tells of an address that could not be listened at, where the answer is not served', async () => {
  const sandbox = await startSandbox({ zones: ['example.test'] })
  onTestFinished(() => sandbox.stop())
  const folder = await temporaryFolder()
  const env = { ...(await sandbox.environment(folder)), DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_HTTP01_LISTEN: '192.0.2.1:8080' }
  const { code, stderr } = await runIn(folder, ['issue', 'a.example.test', '--challenge', 'http-01'], { env })
  expect(stderr).toContain('192.0.2.1:8080: this machine has no such address')
  expect(code).toBe(2)
})

it('doctor and verify find that a name to be proven over HTTP leads nowhere', async () => {
  const records = [{ name: 'there.example.test', type: 'A', value: '127.0.0.1' } as const]
  const sandbox = await startSandbox({ zones: ['example.test'], records })
  onTestFinished(() => sandbox.stop())
  const folder = await temporaryFolder()
  const env = { ...(await sandbox.environment(folder)), DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_CHALLENGE: 'http-01' }
  const doctor = async (name: string) => runIn(folder, ['doctor', name], { env })
  expect(await doctor('there.example.test')).toMatchObject({ code: 0, stderr: expect.not.stringContaining('✖') })
  const lost = await doctor('lost.example.test')
  expect(lost.stdout).toContain('lost.example.test leads to no address')
  expect(lost.code).toBe(3)
  expect((await runIn(folder, ['add', 'lost.example.test'], { env })).code).toBe(0)
  const verified = await runIn(folder, ['verify', 'lost.example.test', '--json'], { env })
  expect(verified.json()).toMatchObject({ results: [{ ok: false, domain: { status: 'issuing' } }] })
  expect(verified.code).toBe(3)
})
