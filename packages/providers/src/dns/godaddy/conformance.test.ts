import { describeDnsProvider, manualClock } from '@domainctl/core/testing'
import { startSandbox } from '@domainctl/sandbox'
import { createGodaddy } from './index.ts'
import { runtime, START } from './subject.test.fixture.ts'

describeDnsProvider("godaddy on the sandbox's API", async () => {
  const delegated = 'delegated.example.test'
  // One clock for both: the sandbox counts the calls of a minute.
  const clock = manualClock(START)
  const records = [{ name: delegated, type: 'NS', value: 'ns1.elsewhere.test' }] as const
  const { apis, dns, stop } = await startSandbox({ records, runtime: { clock } })
  return {
    provider: createGodaddy(apis.godaddy.options, runtime(clock)),
    wrongCredential: () => createGodaddy({ ...apis.godaddy.options, apiSecret: 'wrong' }, runtime(clock)),
    zone: 'example.test',
    delegated,
    lookup: async (name, type) => dns.values(name, type),
    addForeign: async (name, value) => dns.add({ name, type: 'TXT', value }),
    asciiTextOnly: true,
    close: stop,
  }
})
