import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createDomainctl } from './create.ts'
import { byHand } from './lifecycle/by-hand.test.support.ts'

it.each([
  [{ ca: 'https://user:hunter2@ca.example/directory' }, /"https:\/\/…@ca\.example\/directory" is not a CA: its URL has a user/],
  [{ ca: 'https://ca.example/directory#x' }, /is not a CA: its URL has a fragment/],
  [{ ca: 'ftp://ca.example' }, /"ftp:\/\/ca\.example" is not a CA\./],
  [
    { cas: { zerossl: {}, mine: { directory: 'https://acme.zerossl.com/v2/DV90' } } },
    /The CAs "zerossl" and "mine" have the same directory/,
  ],
  [{ cas: { zerossl: { timeoutMs: 0 } } }, /The time-out for the CA "zerossl" is 0/],
  [{ cas: { zerossl: { timeoutMs: Number.NaN } } }, /The time-out for the CA "zerossl" is NaN/],
  [{ state: 'mysql://root:hunter2@db.example/state' }, /"mysql:\/\/…@db\.example\/state" is not a state\./],
])('refuses %j without its password', async (options, message) => {
  await expect(createDomainctl({ state: 'file:unused/state.db', readOnly: true, ...options })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(message),
  })
})

it('takes zones as people write them, and refuses what is none before it opens anything', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-create-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const state = `file:${join(folder, 'state.db')}`
  const open = (zones: Record<string, string>) => createDomainctl({ state, providers: { one: byHand }, zones })
  await expect(open({ '*.example.test': 'one' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: 'zones: "*.example.test" is not the name of a zone.',
  })
  await expect(readdir(folder)).resolves.toEqual([])
  const domainctl = await open({ 'ZZ.Example.TEST.': 'one', 'bücher.test': 'one', internal: 'one' })
  onTestFinished(() => domainctl.close())
  const zones = ['internal', 'xn--bcher-kva.test', 'zz.example.test']
  expect(await domainctl.providers()).toMatchObject([{ name: 'one', configuredZones: zones }])
  expect(await domainctl.add('shop.zz.example.test')).toMatchObject({ provider: 'one' })
  expect(await domainctl.add('shop.bücher.test')).toMatchObject({ provider: 'one' })
})
