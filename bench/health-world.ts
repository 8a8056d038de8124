// Started by health.ts: the servers whose health is measured, in a process of their own. Prints their environment as JSON, then serves.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createDomainctl } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'
import { startSandbox } from '@domainctl/sandbox'

const [folder = '.'] = process.argv.slice(2)
const sandbox = await startSandbox({
  zones: ['example.test'],
  records: [{ name: '*.example.test', type: 'A', value: '127.0.0.1' }],
})
const domainctl = await createDomainctl({
  ...sandbox.engine,
  state: `file:${join(folder, 'state.db')}`,
  acceptTerms: true,
  providers: { rfc2136: createRfc2136(sandbox.rfc2136) },
})
await domainctl.issue('*.example.test', { provider: 'rfc2136' })
const { fullchain, privateKey } = await domainctl.export('*.example.test')
await domainctl.close()
if (privateKey === null) throw new Error('the key is not in the state')
// In place of the sandbox's own, which looks at its files before each handshake.
const server = createServer({ cert: fullchain, key: privateKey }, (_, response) => response.end('welcome\n'))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address() as AddressInfo
console.log(JSON.stringify({ ...(await sandbox.environment(join(folder, 'roots'))), DOMAINCTL_HTTPS_PORT: String(port) }))
