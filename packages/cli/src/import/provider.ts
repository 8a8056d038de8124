import { DomainctlError } from '@domainctl/core'
import { providers, type RegisteredProvider } from '@domainctl/providers'
import type { Config } from '../config/config.ts'
import { providerType } from './provider-words.ts'

const REGISTRY: Readonly<Record<string, RegisteredProvider>> = providers

/**
 * The provider that writes what another client wrote by `dns`: the one that is configured with that type, else the usual one of the
 * configuration (undefined).
 * @throws DomainctlError `PROVIDER_UNKNOWN` when there is neither: nothing could renew it
 */
export function providerFor(dns: string, client: string, { providers: configured, settings, zones }: Config): string | undefined {
  const type = providerType(dns)
  const fitting = [...configured.values()].filter((one) => one.type === type)
  const [only, ...others] = fitting
  if (only && others.length === 0) return only.name
  // Of several, the one that serves the zone.
  if (only || settings.provider !== undefined || Object.keys(zones).length > 0) return undefined
  if (type === undefined) {
    throw new DomainctlError(
      'PROVIDER_UNKNOWN',
      `Its records were written by ${dns} of ${client}, and domainctl has no provider of that kind.`,
      {
        hint: 'Choose with --provider which one writes them (a package, or manual for by hand), or --challenge http-01.',
      },
    )
  }
  const { options = {}, setUpBy = [] } = REGISTRY[type] ?? {}
  const needed = Object.values(options).flatMap(({ env, required }) => (required ? [env] : []))
  const variables = needed.length > 0 ? needed.join(', ') : setUpBy.slice(0, 1).join(', ')
  throw new DomainctlError(
    'PROVIDER_UNKNOWN',
    `Its records were written by ${dns} of ${client}, and the provider ${type} is not set up here.`,
    {
      hint: `Set ${variables} (docs/providers/${type}.md), or choose another one with --provider; credentials of ${client} are not read.`,
    },
  )
}
