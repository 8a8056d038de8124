import { join } from 'node:path'
import type { DomainReport } from '@domainctl/core'
import { startSandbox } from '@domainctl/sandbox'
import { expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

it('a certificate that was revoked is shown as due at once, whatever was planned', async () => {
  const sandbox = await startSandbox({ zones: ['example.test'] })
  try {
    const folder = await temporaryFolder()
    const env = { ...(await sandbox.environment(folder)), DOMAINCTL_PROVIDER: 'rfc2136', DOMAINCTL_ACCEPT_TOS: '1' }
    const run = (...argv: string[]) => runIn(folder, argv, { env: { ...env, DOMAINCTL_STATE: `file:${join(folder, 's.db')}` } })
    expect((await run('issue', 'a.example.test')).code).toBe(0)
    const revoked = await run('revoke', 'a.example.test', '--yes', '--json')
    const { results } = revoked.json() as { results: { domain: DomainReport }[] }
    const certificate = results[0]?.domain.certificate
    expect(certificate).toMatchObject({ renewAt: certificate?.revokedAt, renewReason: 'it was revoked' })
    expect((await run('show', 'a.example.test')).stdout).toMatch(/\nrenews +\d+ seconds? ago .*: it was revoked\n/)
    expect((await run('renew', '--dry-run')).stdout).toMatch(/^… a\.example\.test is due: it was revoked/)
  } finally {
    await sandbox.stop()
  }
})
