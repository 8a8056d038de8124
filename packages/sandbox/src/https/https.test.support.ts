import type { KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createAuthority } from '../x509/authority.ts'
import { KEYS, LONG, NOW, requestDer, runtimeAt } from '../x509/certificates.test.support.ts'
import { readCertificateRequest } from '../x509/request.ts'
import { startHttpsServer } from './start-https-server.ts'

/** The CA of these tests. */
export const authority = await createAuthority(runtimeAt(NOW))

/** What `install` takes, and the serial by which it is known again. */
export interface Files {
  fullchain: string
  privateKey: string
  serial: string
}

/** A certificate for these names with its key, as files. */
export async function certificateFor(names: string[], o: { key?: KeyObject; period?: typeof LONG } = {}): Promise<Files> {
  const key = o.key ?? KEYS.ec256()
  const request = await readCertificateRequest(requestDer({ key, names }))
  const { chain, serial } = await authority.issue(request, o.period ?? LONG)
  return { fullchain: chain, privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(), serial }
}

/** A server that ends with the test. */
export async function startServer(folder?: string) {
  const server = await startHttpsServer(folder === undefined ? {} : { folder })
  onTestFinished(() => server.stop())
  return server
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-https-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
