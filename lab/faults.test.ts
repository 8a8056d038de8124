import { expect, test } from 'vitest'
import { openEngine } from '../lifecycle/engine.ts'
import { faults } from '../lifecycle/faults.ts'
import { describeIn, type Suite } from '../lifecycle/suite.ts'
import { pebblePaths } from './fault-rule.ts'
import { type FaultyLabWorld, startFaultyLabWorld } from './world.ts'

/** What only the proxy can say. */
const subproblems: Suite<FaultyLabWorld> = (world) => {
  test('a refusal with subproblems says which name and why', async () => {
    await using engine = await openEngine(world())
    const problem = {
      type: 'rejectedIdentifier',
      detail: 'Some identifiers were rejected',
      subproblems: [{ type: 'caa', detail: 'CAA forbids it', identifier: { type: 'dns', value: 'refused.example.test' } }],
    }
    world().proxy.add({ path: pebblePaths.newOrder, fault: { kind: 'refuse', status: 403, problem } })
    const error = await engine.domainctl.issue('refused.example.test').catch((error) => error)
    expect(error).toMatchObject({ code: 'CA_REFUSED', kind: 'ca-refused' })
    expect(error.message).toContain('refused.example.test')
    expect(error.message).toContain('CAA forbids it')
    expect(error.cause).toMatchObject({ problem: { type: 'urn:ietf:params:acme:error:rejectedIdentifier', status: 403 } })
  })
}

describeIn('a CA that fails', startFaultyLabWorld, faults, subproblems)
