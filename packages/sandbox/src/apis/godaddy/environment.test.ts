import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startSandbox } from '../../start.ts'

it('is found by the environment of a sandbox, and writes what its name servers show', async () => {
  const sandbox = await startSandbox()
  onTestFinished(() => sandbox.stop())
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-godaddy-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { GODADDY_BASE_URL, GODADDY_API_KEY, GODADDY_API_SECRET } = await sandbox.environment(folder)
  const { godaddy } = sandbox.apis
  expect(godaddy.options).toEqual({ baseUrl: GODADDY_BASE_URL, apiKey: GODADDY_API_KEY, apiSecret: GODADDY_API_SECRET })
  const answer = await fetch(`${GODADDY_BASE_URL}/v1/domains/example.test/records/TXT/a`, {
    method: 'PUT',
    headers: { authorization: `sso-key ${GODADDY_API_KEY}:${GODADDY_API_SECRET}`, 'content-type': 'application/json' },
    body: JSON.stringify([{ data: 'by GoDaddy' }]),
  })
  expect(answer.status).toBe(200)
  expect(sandbox.dns.values('a.example.test', 'TXT')).toEqual(['by GoDaddy'])
  expect(godaddy.requests.replaceRecords).toBe(1)
})
