import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createDomainctl } from '../create.ts'
import { startExample } from '../dns/lab.test.support.ts'
import { type Edge, NAME, startEdge } from '../probe/edge.test.support.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import { withChoices } from './add.ts'
import { byHand } from './by-hand.test.support.ts'
import type { Services } from './services.ts'

const TOKEN = 'abc123'

it('lets a domain go from its records to the probe, on to issuing, and back', async () => {
  let body = 'It works!'
  const edge: Edge = { http: (_, response) => response.end(body) }
  const httpPort = await startEdge(edge)
  const { zone, resolver } = await startExample()
  const directory = mkdtempSync(join(tmpdir(), 'domainctl-probe-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  // On the clock of this machine: a clock that jumps when all is quiet ends the look while modules are being loaded.
  const domainctl = await createDomainctl({
    state: `file:${directory}/state.db`,
    // Nobody there: what a CA says of CAA is another matter.
    ca: `http://127.0.0.1:${httpPort}/directory`,
    provider: 'manual',
    providers: { manual: byHand },
    resolvers: [resolver.endpoint],
    authoritativePort: resolver.port,
    httpPort,
    allowPrivate: true,
  })
  onTestFinished(() => domainctl.close())
  await domainctl.add(NAME, { addresses: ['127.0.0.1'], ownership: 'none', probe: { token: TOKEN } })

  const before = await domainctl.verify(NAME)
  expect(before.domain.status).toBe('pending_dns')
  expect(before.checks.filter(({ purpose }) => purpose === 'http')).toEqual([])

  zone.records.push({ name: NAME, type: 'A', value: '127.0.0.1' })
  const proven = await domainctl.verify(NAME)
  expect(proven).toMatchObject({ ok: false, domain: { status: 'pending_probe' }, error: { code: 'DNS_NOT_READY' } })
  expect(proven.checks.filter(({ ok }) => !ok)).toMatchObject([{ purpose: 'http', problem: 'HTTP_WRONG_ANSWER' }])

  body = `${TOKEN}\n`
  expect(await domainctl.verify(NAME)).toMatchObject({ ok: true, domain: { status: 'issuing' } })

  body = 'It works!'
  expect(await domainctl.verify(NAME)).toMatchObject({ ok: false, domain: { status: 'pending_probe' } })

  zone.records.length = 0
  expect(await domainctl.verify(NAME)).toMatchObject({ ok: false, domain: { status: 'pending_dns' } })
})

it('may be chosen anew for a domain that is there, and given up', () => {
  const domain = sampleDomain()
  const services = {} as Services
  const chosen = withChoices(services, domain, { probe: { token: TOKEN } })
  expect(chosen.probe).toEqual({ path: '/.well-known/domainctl', token: TOKEN })
  expect(withChoices(services, chosen, {})).toBe(chosen)
  expect(withChoices(services, chosen, { probe: false })).toEqual(domain)
  expect(withChoices(services, domain, { probe: false })).toBe(domain)
})
