import { providers, type RegisteredProvider } from '@domainctl/providers'
import { expect, it } from 'vitest'
import { withoutRealPlaces } from './real-places.ts'

const left = (...names: string[]) => Object.keys(withoutRealPlaces(Object.fromEntries(names.map((name) => [name, 'real']))))

it('no variable of a provider is left, by whichever name it is known', () => {
  const names = Object.values<RegisteredProvider>(providers).flatMap(({ options, setUpBy = [] }) => [
    ...setUpBy,
    ...Object.values(options).flatMap(({ env, aliases = [], secret }) =>
      [env, ...aliases].flatMap((name) => (secret ? [name, `${name}_FILE`] : [name])),
    ),
  ])
  expect(names).toEqual(
    expect.arrayContaining(['CF_API_TOKEN', 'CF_Token_FILE', 'GD_Secret', 'AWS_PROFILE', 'RFC2136_TSIG_SECRET_FILE']),
  )
  expect(left(...names)).toEqual([])
})

it('nor is another credential of the same accounts', () => {
  expect(left('CLOUDFLARE_API_KEY', 'CLOUDFLARE_EMAIL', 'CF_Key', 'CF_Email', 'CF_API_KEY', 'CF_ZONE_API_TOKEN')).toEqual([])
  expect(left('AWS_SESSION_TOKEN', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_ENDPOINT_URL')).toEqual([])
  expect(left('DOMAINCTL_STATE', 'DOMAINCTL_TENANT', 'DOMAINCTL_ENCRYPTION_KEY_FILE', 'DOMAINCTL_EAB_HMAC_KEY_FILE')).toEqual([])
})

it('all else is', () => {
  const others = ['PATH', 'DOMAINCTL_EMAIL', 'DOMAINCTL_CONFIG', 'CF_INSTANCE_INDEX', 'AWS_PAGER', 'GDK_SCALE', 'MY_CF_Token']
  expect(left(...others)).toEqual(others)
})
