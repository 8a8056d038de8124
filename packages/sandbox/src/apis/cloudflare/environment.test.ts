import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Cloudflare from 'cloudflare'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startSandbox } from '../../start.ts'

it('is found by the SDK in the environment of a sandbox, and has what other providers write', async () => {
  const sandbox = await startSandbox()
  onTestFinished(() => sandbox.stop())
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-cloudflare-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const name of ['CLOUDFLARE_API_KEY', 'CLOUDFLARE_EMAIL']) vi.stubEnv(name, undefined)
  for (const [name, value] of Object.entries(await sandbox.environment(folder))) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const client = new Cloudflare()
  const [zone] = (await client.zones.list()).result
  sandbox.dns.add({ name: 'a.example.test', type: 'TXT', value: 'by somebody' })
  const { result } = await client.dns.records.list({ zone_id: zone?.id ?? '', type: 'TXT' })
  expect([zone?.name, result.map(({ content }) => content)]).toEqual(['example.test', ['"by somebody"']])
  expect(sandbox.apis.cloudflare.requests).toMatchObject({ listZones: 1, listRecords: 1 })
})
