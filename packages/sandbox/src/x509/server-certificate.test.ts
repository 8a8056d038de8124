import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { connect } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listen } from '../loopback.ts'
import { NOW, runtimeAt } from './certificates.test.support.ts'
import { createServerCertificate } from './server-certificate.ts'

describe('createServerCertificate', () => {
  it.each([NOW, new Date('2040-06-01T12:00:00Z')])(
    'is accepted for all of its names with its own root (clock at %s)',
    async (now) => {
      const { key, certificate, root } = await createServerCertificate(runtimeAt(now))
      const server = createServer({ key, cert: certificate })
      onTestFinished(() => void server.close())
      const port = await listen(server, 0)
      for (const name of ['localhost', '127.0.0.1', '::1']) {
        const socket = connect({ host: '127.0.0.1', port, ca: root, checkServerIdentity: () => undefined })
        await once(socket, 'secureConnect')
        expect(socket.authorized).toBe(true)
        socket.destroy()
        const leaf = new X509Certificate(certificate)
        expect(name === 'localhost' ? leaf.checkHost(name) : leaf.checkIP(name)).toBe(name)
      }
    },
  )

  it('is under a root of its own', async () => {
    const { certificate, root } = await createServerCertificate(runtimeAt(NOW))
    const leaf = new X509Certificate(certificate)
    const ca = new X509Certificate(root)
    expect(leaf.checkIssued(ca) && leaf.verify(ca.publicKey)).toBe(true)
    expect(ca.subject).toMatch(/^O=domainctl sandbox\nCN=Sandbox API Root [0-9a-f]{8}$/)
  })
})
