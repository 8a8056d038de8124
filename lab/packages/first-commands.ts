import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ToolRun } from '../tool.ts'

const NAME = 'shop.example.com'

/** What somebody does first who comes from another client, by a command that was installed: no server is asked for anything. */
export async function tryFirstCommands(folder: string, run: (...args: string[]) => Promise<ToolRun>): Promise<void> {
  const answer = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--json')
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout)
  }
  const choices = ['--provider', 'manual', '--email', 'ops@example.com', '--accept-tos', '--ca', 'letsencrypt-staging']
  expect(await answer('init', ...choices, '--no-check', '--no-input')).toMatchObject({ written: true })
  expect(await answer('config', 'check')).toMatchObject({ ok: true, problems: [] })
  legoFolder(join(folder, 'lego'))
  expect(await answer('import', 'lego', 'lego', '--staging', '--no-accounts')).toMatchObject({
    results: [{ name: NAME, was: 'added' }],
  })
  expect(await answer('list')).toMatchObject({ domains: [{ name: NAME, status: 'active' }] })
  expect(await answer('remove', NAME, '--yes')).toMatchObject({ summary: { ok: 1 } })
  expect(await answer('release', NAME, '--yes')).toMatchObject({ summary: { ok: 1 } })
  expect(await answer('list')).toMatchObject({ domains: [] })
}

/** What lego keeps of one certificate; its CA's own is beside it. */
function legoFolder(folder: string): void {
  const certificates = join(folder, 'certificates')
  mkdirSync(certificates, { recursive: true })
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: certificates, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', `${NAME}.issuer.crt`, '-days', '90', '-subj', '/CN=A CA')
  const ca = ['-CA', `${NAME}.issuer.crt`, '-CAkey', 'ca.key', '-addext', `subjectAltName=DNS:${NAME}`]
  openssl('req', '-x509', ...ca, ...key, '-keyout', `${NAME}.key`, '-out', `${NAME}.crt`, '-days', '60', '-subj', `/CN=${NAME}`)
  rmSync(join(certificates, 'ca.key'))
  const certUrl = 'https://acme-staging-v02.api.letsencrypt.org/acme/cert/1'
  writeFileSync(join(certificates, `${NAME}.json`), JSON.stringify({ domain: NAME, certUrl, certStableUrl: certUrl }))
}
