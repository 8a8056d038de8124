import { DomainctlError } from '@domainctl/core'
import { expect, it } from 'vitest'
import { chosenPlaces, nextAfterApplyFailure, nextAfterFailure, nextAfterRemove, nextAfterUnapply, withFlags } from './next.ts'

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

it('insists again after an interruption alone: what a limit or a pause has refused is not to be forced by a copied line', () => {
  const after = (code: 'INTERRUPTED' | 'CA_RATE_LIMITED') => {
    const error = new DomainctlError(code, 'No.', { hint: 'Repeat.', retryAt: new Date('2026-11-21T12:00:00Z') })
    return nextAfterFailure('renew', 'a.example', error, { force: true, wait: true }).map(({ command }) => command)
  }
  expect(after('INTERRUPTED')).toEqual(['domainctl renew a.example --force --wait'])
  expect(after('CA_RATE_LIMITED')).toEqual(['domainctl renew a.example --wait'])
})

it.each(['LEASE_HELD', 'INTERRUPTED', 'DNS_NOT_READY', 'RECORD_FOREIGN'] as const)(
  'applies again after %s, as it was asked to',
  (code) => {
    const error = new DomainctlError(code, 'No.', { hint: 'Repeat.', retryAt: new Date('2026-11-21T12:00:00Z') })
    const commands = (flags: Parameters<typeof nextAfterApplyFailure>[2]) =>
      nextAfterApplyFailure('a.example', error, flags).map(({ command }) => command)
    const again = 'domainctl add a.example --apply'
    const plain = { LEASE_HELD: '', INTERRUPTED: '', DNS_NOT_READY: ' --wait', RECORD_FOREIGN: ' --force' }[code]
    expect(commands({})).toEqual([`${again}${plain}`])
    expect(commands({ force: true, wait: true, timeout: '1h' })).toEqual(
      code === 'RECORD_FOREIGN' ? [] : [`${again} --force --wait --timeout 1h`],
    )
  },
)

it('names the time of another attempt in one place alone', () => {
  const busy = new DomainctlError('LEASE_HELD', 'Busy.', { hint: 'Wait.', retryAt: new Date('2026-11-21T12:00:00Z') })
  expect(nextAfterFailure('verify', 'a.example', busy)).toEqual([{ command: 'domainctl verify a.example', why: 'from then on' }])
})

it('looks again later for what may come late', () => {
  const domain = { name: 'a.example' }
  const after = (isLate: boolean) => [nextAfterUnapply(domain, { isLate }), nextAfterRemove(domain, { isLate })]
  expect(after(true).flatMap(([next]) => next?.command)).toEqual([
    'domainctl add a.example --unapply',
    'domainctl remove a.example',
  ])
  expect(after(false).flatMap(([next]) => next?.command)).toEqual(['domainctl add a.example --apply', 'domainctl add a.example'])
})
