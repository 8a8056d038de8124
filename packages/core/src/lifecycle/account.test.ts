import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Issuer } from '../contracts/issuer.ts'
import { KNOWN_CAS } from '../domain/known-cas.ts'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from '../store/open.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { accountAt } from './account.ts'
import type { Services } from './services.ts'

/** A CA whose directory says nothing of external accounts, and which nobody may ask for more. */
function silentCa(ca: string): Issuer {
  const describe = async () => ({ caaIdentities: [], profiles: {}, externalAccountRequired: false, renewalInfo: false })
  return { ca, describe } as Partial<Issuer> as Issuer
}

it.each(['zerossl', 'google', 'sslcom'])('%s asks for an external account, whatever its directory says', async (name) => {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-account-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = await openSqliteStore(join(folder, 'state.db'), { clock: manualClock(new Date()), random: systemRandom() })
  onTestFinished(() => store.close())
  const ca = KNOWN_CAS[name]
  const services = { store, accountsInTheMaking: new Map(), externalAccount: async () => undefined, accountName: () => 'default' }
  const made = accountAt({ ...services, settings: { acceptTerms: true } } as unknown as Services, silentCa(ca?.directory ?? ''), {
    signal: new AbortController().signal,
  })
  await expect(made).rejects.toMatchObject({
    code: 'EXTERNAL_ACCOUNT_MISSING',
    hint: expect.stringContaining(ca?.externalAccountFrom ?? 'nowhere'),
  })
})
