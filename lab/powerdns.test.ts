import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeDnsProvider } from '@domainctl/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { powerdnsSubject } from '../examples/dns-provider/src/subject.test.fixture.ts'
import { openShell, type Shell } from '../lifecycle/command.ts'
import { type Lab, startLab } from './lab.ts'
import { freePort } from './servers/port.ts'
import { type PowerDns, startPowerDns } from './servers/powerdns.ts'

// The example of a provider that others write: judged on a PowerDNS, and used as somebody who has installed it uses it.

const root = fileURLToPath(new URL('..', import.meta.url))
const packageName = 'domainctl-provider-powerdns'
const address = '127.0.0.40'
const apex = 'pdns.example.test'
const nameServer = `ns1.${apex}`

describe('the example on a PowerDNS', () => {
  describeDnsProvider('powerdns', async () => {
    const dns = `127.0.0.1:${await freePort()}`
    const server = await startPowerDns([dns])
    const subject = await powerdnsSubject({ url: server.url, apiKey: server.apiKey, dns }, 'conformance.test')
    return {
      ...subject,
      async close() {
        await subject.close()
        await server.stop()
      },
    }
  })
})

describe('the example, installed', () => {
  const resources = new AsyncDisposableStack()
  let lab: Lab
  let server: PowerDns
  let shell: Shell

  beforeAll(async () => {
    lab = await startLab()
    resources.defer(() => lab.stop())
    server = await startPowerDns([`${address}:${lab.authoritativePort}`, `${address}:53`])
    resources.defer(() => server.stop())
    await server.createZone(apex, { nameServers: [nameServer], records: [{ name: nameServer, type: 'A', content: address }] })
    await lab.nsupdate([`update add ${apex} 60 NS ${nameServer}.`, `update add ${nameServer} 60 A ${address}`])
    shell = resources.use(await openShell(lab, { POWERDNS_API_KEY: server.apiKey, WRONG_KEY: 'not-the-key-of-powerdns' }))
    install(shell.directory)
    const providers = {
      pdns: { type: packageName, url: server.url, apiKey: 'env:POWERDNS_API_KEY' },
      wrong: { type: packageName, url: server.url, apiKey: 'env:WRONG_KEY' },
      nobody: { type: packageName, url: 'http://127.0.0.1:9', apiKey: 'env:POWERDNS_API_KEY' },
    }
    await writeFile(join(shell.directory, 'domainctl.config.json'), JSON.stringify({ providers }))
  })
  afterAll(() => resources.disposeAsync())

  const named = ['--config', 'domainctl.config.json'] as const

  test('gets a certificate from Pebble, and leaves the records of others alone', async () => {
    const name = `shop.${apex}`
    const subject = await foreignValue(server, `_acme-challenge.${name}`, 'of somebody else')
    const issued = await shell.domainctl('issue', name, '--wildcard', '--provider', 'pdns', ...named, '--json')
    expect(issued, issued.stdout + issued.stderr).toMatchObject({ code: 0 })
    expect(JSON.parse(issued.stdout)).toMatchObject({ results: [{ ok: true, domain: { status: 'active', provider: 'pdns' } }] })
    expect(issued.stdout + issued.stderr).not.toContain(server.apiKey)
    expect(await server.contents(apex, subject, 'TXT')).toEqual(['"of somebody else"'])

    const renewed = await shell.domainctl('renew', name, '--force', ...named)
    expect(renewed, renewed.stderr).toMatchObject({ code: 0 })
    const removed = await shell.domainctl('remove', name, '--yes', ...named)
    expect(removed, removed.stderr).toMatchObject({ code: 0 })
    expect(await server.contents(apex, subject, 'TXT')).toEqual(['"of somebody else"'])
  })

  // Its errors are of another copy of core than the command's.
  test.each([
    ['wrong', 'PROVIDER_AUTH', /PowerDNS did not .* Unauthorized \(HTTP 401\)/],
    ['nobody', 'PROVIDER_UNREACHABLE', /PowerDNS did not .*\(no answer came\)/],
  ])('%s: its errors are told as they are', async (provider, code, message) => {
    const failed = await shell.domainctl('issue', `${provider}.${apex}`, '--provider', provider, ...named, '--json', '--verbose')
    expect(failed, failed.stderr).toMatchObject({ code: 6 })
    expect(JSON.parse(failed.stdout)).toMatchObject({ results: [{ error: { code, message: expect.stringMatching(message) } }] })
    expect(failed.stdout + failed.stderr).not.toMatch(/not-the-key-of-powerdns/)
    expect(failed.stdout + failed.stderr).not.toContain(server.apiKey)
  })

  test('is not loaded when nobody has named the configuration', async () => {
    const refused = await shell.domainctl('issue', `unnamed.${apex}`, '--provider', 'pdns')
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--config domainctl.config.json') })
  })
})

/** Somebody else's TXT value, by the API itself; gives the name again. */
async function foreignValue({ url, apiKey }: PowerDns, name: string, value: string): Promise<string> {
  const rrset = { name: `${name}.`, type: 'TXT', ttl: 60, changetype: 'REPLACE', records: [{ content: `"${value}"` }] }
  const answer = await fetch(`${url}/api/v1/servers/localhost/zones/${apex}.`, {
    method: 'PATCH',
    headers: { 'x-api-key': apiKey },
    body: JSON.stringify({ rrsets: [rrset] }),
  })
  if (!answer.ok) throw new Error(`PowerDNS answered ${answer.status}: ${await answer.text()}`)
  return name
}

/** The package in `node_modules` of a folder, as npm would put it there: what it publishes, beside what it depends on. */
function install(folder: string): void {
  const modules = join(folder, 'node_modules')
  const source = join(root, 'examples', 'dns-provider')
  const target = join(modules, packageName)
  mkdirSync(join(modules, '@domainctl'), { recursive: true })
  mkdirSync(target)
  copyFileSync(join(source, 'package.json'), join(target, 'package.json'))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const built = spawnSync(process.execPath, [tsc, '-p', source, '--outDir', join(target, 'dist')], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the example cannot be built: ${built.stdout}${built.stderr}`)
  for (const name of ['core', 'providers']) symlinkSync(join(root, 'packages', name), join(modules, '@domainctl', name))
  symlinkSync(join(source, 'node_modules', 'zod'), join(modules, 'zod'))
}
