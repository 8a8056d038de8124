import { expect } from 'vitest'
import { sampleAccount, sampleCertificate, sampleDomain, sampleOrder } from '../model-samples.ts'
import type { StoreTest } from './store-test.ts'

/** That no secret stands where others may read it. */
export function checkSecrets(t: StoreTest): void {
  const { describe, it } = t.runner

  describe('secrets', () => {
    it('are sealed wherever they are kept', async () => {
      const domain = sampleDomain({ labels: { here: 'a label that is no secret' } })
      const secret = {
        order: pem('the key of an order that nobody may read'),
        certificate: pem('the key of a certificate that nobody may read'),
        account: pem('the key of an account that nobody may read'),
        next: pem('the next key of an account that nobody may read'),
      }
      await t.add(domain, {
        order: sampleOrder(domain, { certificateKey: secret.order }),
        certificate: sampleCertificate(domain, { privateKey: secret.certificate }),
      })
      const account = await t.store.addAccount(sampleAccount({ key: secret.account }), [])
      await t.store.changeAccount(account.id, (before) => ({ account: { ...before, nextKey: secret.next }, events: [] }))
      const dump = await t.dump()
      // What a dump lacks altogether, it would not show in the clear either.
      if (dump !== '') expect(dump).toContain('a label that is no secret')
      const told = Object.entries(secret).filter(([, text]) => formsOf(text).some((form) => dump.includes(form)))
      expect(told.map(([whose]) => whose)).toEqual([])
    })
  })
}

function pem(content: string): string {
  return `-----BEGIN PRIVATE KEY-----\n${Buffer.from(content).toString('base64')}\n-----END PRIVATE KEY-----\n`
}

/** The content of a PEM as it may stand there: itself, as text, and in what databases and JSON make of bytes. */
function formsOf(text: string): string[] {
  const body = text.split('\n')[1] ?? ''
  const content = Buffer.from(body, 'base64')
  const forms = [text, body, content].map((form) => Buffer.from(form))
  return forms.flatMap((bytes) => {
    const hex = bytes.toString('hex')
    // Base64 of a text in which it stands depends on where it begins: the middle of each of the three.
    const shifted = [0, 1, 2].map((n) =>
      Buffer.concat([Buffer.alloc(n), bytes])
        .toString('base64')
        .slice(4, -4),
    )
    return [
      bytes.toString(),
      hex,
      hex.toUpperCase(),
      ...shifted,
      ...shifted.map((one) => one.replaceAll('+', '-').replaceAll('/', '_')),
    ]
  })
}
