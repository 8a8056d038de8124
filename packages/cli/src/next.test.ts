import { DomainctlError } from '@domainctl/core'
import { expect, it } from 'vitest'
import { chosenState, nextAfterFailure, withFlags } from './next.ts'

it('repeats the flags that chose state and tenant, quoted', () => {
  const chosen = chosenState({ state: 'file:/tmp/my state.db', tenant: 'acme', config: 'a.yaml', json: true })
  expect(withFlags({ command: 'domainctl show a.example', why: '' }, chosen).command).toBe(
    "domainctl show a.example --config a.yaml --state 'file:/tmp/my state.db' --tenant acme",
  )
  expect(chosenState({})).toBe('')
})

it('keeps waiting after an interrupted wait, and quotes a wildcard', () => {
  const interrupted = new DomainctlError('INTERRUPTED', 'Stopped.', { hint: 'Repeat.' })
  expect(nextAfterFailure('issue', '*.a.example', interrupted, { wait: true, timeout: '1h' })).toMatchObject([
    { command: "domainctl issue '*.a.example' --wait --timeout 1h" },
  ])
  expect(nextAfterFailure('renew', 'a.example', interrupted)).toMatchObject([{ command: 'domainctl renew a.example' }])
})
