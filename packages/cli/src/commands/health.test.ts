import { join } from 'node:path'
import { startSandbox } from '@domainctl/sandbox'
import { expect, it, onTestFinished } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

const NAME = 'edge.example.test'

it('measures a name before and after its certificate is served, and says what is broken by exit code 8', async () => {
  const folder = await temporaryFolder()
  const sandbox = await startSandbox({
    zones: ['example.test'],
    records: [
      { name: NAME, type: 'A', value: '127.0.0.1' },
      { name: 'other.example.test', type: 'A', value: '127.0.0.1' },
    ],
    serve: join(folder, 'served'),
  })
  onTestFinished(() => sandbox.stop())
  const env = { ...(await sandbox.environment(join(folder, 'roots'))), DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_PROVIDER: 'rfc2136' }
  const health = (...args: string[]) => runIn(folder, ['health', ...args], { env })

  const before = await health(NAME)
  expect(before.code).toBe(8)
  expect(before.stdout).toMatch(/127\.0\.0\.1 .* ✖ \d+ ms +- +TLS_REFUSED/)
  expect(before.stderr).toContain(`✖ ${NAME} is unhealthy at 127.0.0.1: the TLS handshake fails`)

  expect((await runIn(folder, ['issue', NAME], { env })).code).toBe(0)
  expect((await runIn(folder, ['export', NAME, '--out', 'served/edge'], { env })).code).toBe(0)
  const after = await health(NAME)
  expect(after.stdout).toMatch(/✔ edge\.example\.test: healthy/)
  expect(after.stdout).toMatch(/TLSv1\.3, certificate of Sandbox Intermediate \w+, expires in 90 days/)
  expect(after.code).toBe(0)

  const asked = await health(NAME, '--endpoint', '/healthz', '--endpoint-text', 'no such text', '--json')
  expect(asked.code).toBe(8)
  expect(asked.json()).toMatchObject({
    results: [
      {
        name: NAME,
        ok: false,
        domain: { status: 'active' },
        observation: { outcome: 'broken', layer: 'endpoint', code: 'ENDPOINT_TEXT_MISSING', address: '127.0.0.1' },
        measurement: { addresses: [{ layers: [{ layer: 'tcp' }, { layer: 'tls' }, { layer: 'http' }, { layer: 'endpoint' }] }] },
        error: { code: 'HEALTH_BROKEN', actor: 'operator' },
      },
    ],
  })

  // What checks of the domain measure is kept with it, changed by issue, shown, and measured by hand as well.
  const chosen = ['--health-endpoint', '/healthz', '--health-endpoint-text', 'no such text', '--health-address', '127.0.0.1']
  expect((await runIn(folder, ['issue', NAME, ...chosen], { env })).code).toBe(0)
  const shown = await runIn(folder, ['show', NAME], { env })
  expect(shown.stdout).toMatch(/measured +each name at 127\.0\.0\.1\n +page \/\n +endpoint \/healthz, has "no such text"\n/)
  const kept = await runIn(folder, ['check', NAME, '--json'], { env })
  expect(kept.json()).toMatchObject({
    results: [{ observation: { code: 'ENDPOINT_TEXT_MISSING' }, measurement: { name: NAME } }],
  })
  expect((kept.json() as { results: { measurement: object }[] }).results[0]?.measurement).not.toHaveProperty('dns')
  expect((await runIn(folder, ['issue', NAME, '--no-health'], { env })).code).toBe(0)
  expect((await runIn(folder, ['show', NAME, '--json'], { env })).json()).toMatchObject({
    results: [{ domain: { healthCheck: false } }],
  })
  expect((await runIn(folder, ['issue', NAME, '--health'], { env })).code).toBe(0)
  const usual = (await runIn(folder, ['show', NAME, '--json'], { env })).json() as { results: { domain: object }[] }
  expect(usual.results[0]?.domain).not.toHaveProperty('healthCheck')

  // It goes on until it is stopped.
  const stop = new AbortController()
  let lines = 0
  const watched = await runIn(folder, ['health', NAME, 'gone.example.test', '--watch', '--interval', '1s', '--json'], {
    env,
    signal: stop.signal,
    onPrinted: (text) => {
      lines += text.split('\n').length - 1
      if (lines >= 4) stop.abort()
    },
  })
  expect(watched.code).toBe(8)
  const each = watched.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(each).toMatchObject([
    { at: expect.any(String), name: NAME, observation: { outcome: 'ok' } },
    { name: 'gone.example.test', observation: { outcome: 'broken', code: 'NAME_MISSING' } },
    { name: NAME },
    { name: 'gone.example.test' },
  ])

  // One that is unhealthy among others, and names that no state has.
  const several = await health(NAME, 'gone.example.test')
  expect(several.code).toBe(8)
  expect(several.stdout).toMatch(/✔ +edge\.example\.test +-/)
  expect(several.stdout).toMatch(/✖ +gone\.example\.test +dns .*NAME_MISSING/)

  const inNoNetwork = await runIn(folder, ['health', NAME, '--json'], { env: { ...env, DOMAINCTL_HEALTH_ANCHOR: '127.0.0.1:1' } })
  expect(inNoNetwork.code).toBe(3)
  expect(inNoNetwork.json()).toMatchObject({
    results: [{ observation: { outcome: 'inconclusive' }, error: { code: 'HEALTH_INCONCLUSIVE' } }],
  })
})

it.each([
  [['*.example.com'], /no server of its own/],
  [['a.example.com', '--path', 'healthz'], /is no path/],
  [['a.example.com', '--endpoint', '/a b'], /is no path/],
  [['a.example.com', '--expect-status', 'ok'], /expected statuses/],
  [['a.example.com', '--endpoint-port', '80'], /but no endpoint/],
  [['a.example.com', '--endpoint', '/', '--endpoint-port', '0'], /from 1 to 65535/],
  [['--watch', '--history', '1d'], /--watch and --history/],
  [['--watch', '--path', '/'], /says what is measured/],
  [['a.example.com', '--interval', '1m'], /without --watch/],
  [['a.example.com', '--watch', '--interval', '0s'], /too short/],
  [['a.example.com', '--address', 'localhost'], /not an IP address/],
  [['a.example.com', '--health-anchor', 'example.com:443'], /expected IP:PORT/],
])('health %j is refused', async (args, message) => {
  const refused = await runIn(await temporaryFolder(), ['health', ...args])
  expect(refused.stderr).toMatch(message)
  expect(refused.code).toBe(2)
})
