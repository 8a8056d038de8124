import { noRRsetChanges, type Services } from './services.ts'

/** Services of a step that asks nobody but the state and, where one is given, a provider. */
export function servicesOf(
  given: Pick<Services, 'store'> &
    Partial<Pick<Services, 'provider' | 'providerNames'>> &
    Pick<Services['runtime'], 'clock' | 'random'>,
): Services {
  const { store, clock, random } = given
  const unasked = () => Promise.reject(new Error('nobody is to be asked'))
  return {
    store,
    dns: unasked,
    probe: unasked,
    healthProbe: unasked,
    httpAnswers: unasked,
    tls: unasked,
    issuer: unasked,
    crypto: unasked,
    directoryUrls: () => [],
    limits: () => ({}),
    externalAccount: async () => undefined,
    hasAccountApi: () => false,
    accountName: () => 'default',
    provider:
      given.provider ??
      (() => {
        throw new Error('no provider is to be asked')
      }),
    providerNames: given.providerNames ?? [],
    target: () => {
      throw new Error('no target is to be asked')
    },
    runtime: { clock, random, logger: { log() {} }, process: { owner: 'this process', isGone: () => false } },
    settings: {
      cas: [],
      acceptTerms: false,
      accountKeyType: 'ec256',
      tenant: 'default',
      who: 'test',
      zones: {},
      propagationMode: 'none',
      propagationTimeoutMs: 0,
      challenge: 'dns-01',
      http01SelfCheck: true,
      maintenance: [],
    },
    accountsInTheMaking: new Map(),
    rrsetChanges: noRRsetChanges(),
    budgetTurns: new Map(),
  }
}
