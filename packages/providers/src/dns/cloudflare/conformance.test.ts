import { describeDnsProvider } from '@domainctl/core/testing'
import { startSandbox } from '@domainctl/sandbox'
import { createCloudflare } from './index.ts'
import { runtime } from './subject.test.fixture.ts'

describeDnsProvider("cloudflare on the sandbox's API", async () => {
  const delegated = 'delegated.example.test'
  const { apis, dns, stop } = await startSandbox({ records: [{ name: delegated, type: 'NS', value: 'ns1.elsewhere.test' }] })
  return {
    provider: createCloudflare(apis.cloudflare.options, runtime()),
    wrongCredential: () => createCloudflare({ ...apis.cloudflare.options, apiToken: 'x'.repeat(40) }, runtime()),
    zone: 'example.test',
    delegated,
    lookup: async (name, type) => dns.values(name, type),
    addForeign: async (name, value) => dns.add({ name, type: 'TXT', value }),
    close: stop,
  }
})
