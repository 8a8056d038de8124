import { DomainctlError } from '@domainctl/core'
import { expect, it } from 'vitest'
import { chosenPlaces, nextAfterFailure, withFlags } from './next.ts'

it('repeats the flags that chose state and tenant, quoted', () => {
  const chosen = chosenPlaces({ state: 'file:/tmp/my state.db', tenant: 'acme', config: 'a.yaml', json: true })
  expect(withFlags({ command: 'domainctl show a.example', why: '' }, chosen).command).toBe(
    "domainctl show a.example --config a.yaml --state 'file:/tmp/my state.db' --tenant acme",
  )
  expect(chosenPlaces({})).toBe('')
})

it('repeats the flags that chose whom to ask', () => {
  const flags = {
    resolver: ['127.0.0.1:5353', 'https://dns.example/q?key=a&b'],
    ca: ['https://ca.example/directory'],
    caRoot: 'my root.pem',
    authoritativePort: '5353',
    httpPort: '8080',
    allowPrivate: true,
    email: 'a@b.example',
  }
  expect(chosenPlaces(flags)).toBe(
    " --resolver 127.0.0.1:5353 --resolver 'https://dns.example/q?key=a&b' --ca https://ca.example/directory --ca-root 'my root.pem' --authoritative-port 5353 --http-port 8080 --allow-private",
  )
})

it('keeps waiting after an interrupted wait, and quotes a wildcard', () => {
  const interrupted = new DomainctlError('INTERRUPTED', 'Stopped.', { hint: 'Repeat.' })
  expect(nextAfterFailure('issue', '*.a.example', interrupted, { wait: true, timeout: '1h' })).toMatchObject([
    { command: "domainctl issue '*.a.example' --wait --timeout 1h" },
  ])
  expect(nextAfterFailure('renew', 'a.example', interrupted)).toMatchObject([{ command: 'domainctl renew a.example' }])
})
