import { describeDnsProvider } from '@domainctl/core/testing'
import { APEX, providerAt, startSubject } from './subject.test.fixture.ts'

// The same suite runs on moto in the lab.
describeDnsProvider('route53 on the sandbox', async () => {
  const { sandbox } = await startSubject()
  const { dns, apis } = sandbox
  dns.add({ name: `delegated.${APEX}`, type: 'NS', value: 'ns1.elsewhere.test' })
  return {
    provider: providerAt(apis.route53.options),
    wrongCredential: () =>
      providerAt({ ...apis.route53.options, credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' } }),
    zone: APEX,
    delegated: `delegated.${APEX}`,
    lookup: async (name, type) => dns.values(name, type),
    addForeign: async (name, value) => dns.add({ name, type: 'TXT', value }),
    close: () => sandbox.stop(),
  }
})
