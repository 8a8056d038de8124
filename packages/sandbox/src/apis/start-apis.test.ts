import { Resolver } from 'node:dns/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChangeResourceRecordSetsCommand, ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { SandboxOptions } from '../sandbox.ts'
import { startSandbox } from '../start.ts'

async function open(options: SandboxOptions = {}) {
  const sandbox = await startSandbox(options)
  onTestFinished(() => sandbox.stop())
  return sandbox
}

describe('the APIs of a sandbox', () => {
  it('are found by the SDKs in its environment, and write what its name servers show', async () => {
    const sandbox = await open()
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-apis-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    for (const [name, value] of Object.entries(await sandbox.environment(folder))) vi.stubEnv(name, value)
    vi.stubEnv('AWS_PROFILE', undefined)
    onTestFinished(() => void vi.unstubAllEnvs())
    const client = new Route53Client()
    onTestFinished(() => client.destroy())
    const { HostedZones = [] } = await client.send(new ListHostedZonesCommand())
    expect(HostedZones.map(({ Name }) => Name)).toEqual(['example.test.'])
    const set = { Name: 'a.example.test', Type: 'TXT', TTL: 60, ResourceRecords: [{ Value: '"by the API"' }] } as const
    await client.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: HostedZones[0]?.Id,
        ChangeBatch: {
          Changes: [{ Action: 'CREATE', ResourceRecordSet: { ...set, ResourceRecords: [...set.ResourceRecords] } }],
        },
      }),
    )
    const resolver = new Resolver()
    resolver.setServers([sandbox.dns.resolver])
    expect(await resolver.resolveTxt('a.example.test')).toEqual([['by the API']])
    expect(sandbox.apis.route53.requests).toMatchObject({ ListHostedZones: 1, ChangeResourceRecordSets: 1 })
  })

  it('have keys and ports of their own, or the ports that are given', async () => {
    const [one, other] = await Promise.all([open(), open()])
    expect(one.apis.route53.url).not.toBe(other.apis.route53.url)
    expect(one.apis.route53.options.credentials).not.toEqual(other.apis.route53.options.credentials)
    const port = Number(new URL(one.apis.route53.url).port)
    await one.stop()
    expect((await open({ ports: { route53: port } })).apis.route53.url).toBe(`http://127.0.0.1:${port}`)
    await expect(open({ ports: { route53: 70_000 } })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(open({ ports: { route53: port } })).rejects.toMatchObject({ code: 'SANDBOX_CANNOT_LISTEN' })
  })
})
