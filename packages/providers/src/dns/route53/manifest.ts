import { z } from 'zod'
import { defineProvider, type ProviderManifest } from '../../manifest.ts'
import { isSafeUrl } from '../../safe-url.ts'
import { route53Provider } from './adapter.ts'
import type { AwsCredentials } from './types.ts'

/** Options of {@link import('./index.ts').createRoute53}, as the configuration has them. */
export interface Route53Options {
  /** Id of the one hosted zone to write to; when absent the public zones of the account are looked through. */
  hostedZoneId?: string
  /** `us-east-1` when absent, which serves all of AWS but China and GovCloud. */
  region?: string
  /** Where the API is; when absent where AWS is, or where `AWS_ENDPOINT_URL` says. */
  endpoint?: string
  /** Name of a profile in the files of AWS; when absent the one of `AWS_PROFILE`. */
  profile?: string
}

/** Longest wait for one answer. */
const TIMEOUT_MS = 30_000

const missing = (input: { input?: unknown }): string => (input.input === undefined ? 'is missing' : 'has to be text')
const text = z.string({ error: missing }).transform((given) => given.trim())

const schema = z.strictObject({
  hostedZoneId: text
    .transform((id) => id.replace(/^\/?hostedzone\//, ''))
    .refine((id) => /^[A-Z0-9]{1,32}$/.test(id), { error: 'has to be the id of a hosted zone: capital letters and digits' })
    .optional(),
  region: text
    .refine((region) => /^[a-z]{2,}(-[a-z0-9]+)+$/.test(region), { error: 'has to be a region of AWS' })
    .default('us-east-1'),
  endpoint: text
    .refine(isSafeUrl, { error: 'has to be an https:// URL (http:// on loopback alone), without user, query and fragment' })
    .optional(),
  profile: text.refine((name) => name !== '', { error: 'has to be the name of a profile' }).optional(),
})

export const manifest = manifestWith(undefined)

/** The manifest; with credentials of the caller's own for a library, where the SDK's chain is not to be asked. */
export function manifestWith(credentials: AwsCredentials | undefined): ProviderManifest {
  return defineProvider({
    name: 'route53',
    title: 'Amazon Route 53',
    help:
      'Writes records by the API of Route 53, in public hosted zones. Credentials are found by the SDK of AWS in its usual places: ' +
      '`AWS_ACCESS_KEY_ID` with `AWS_SECRET_ACCESS_KEY`, a profile, a web identity, or the role of a container or a machine (there, ' +
      'set `AWS_HOSTED_ZONE_ID`, or name the provider in the configuration file). They need route53:ListHostedZones and ' +
      'route53:GetChange for all, and route53:ListResourceRecordSets and route53:ChangeResourceRecordSets for the hosted zone, with ' +
      'the actions CREATE and DELETE (no UPSERT: a set that somebody else has changed meanwhile is not overwritten); with ' +
      '`AWS_HOSTED_ZONE_ID` set, route53:ListHostedZones is not needed. Aliases, and sets with a routing policy, are neither ' +
      'changed nor replaced. All of an AWS account shares a limit of 5 calls a second, and domainctl stays below it.',
    schema,
    options: {
      hostedZoneId: {
        env: 'AWS_HOSTED_ZONE_ID',
        aliases: ['ROUTE53_HOSTED_ZONE_ID'],
        help: 'Id of the hosted zone to write to, when it shall not be looked for: an account may have two zones of one name.',
        example: 'Z1D633PJN98FT9',
      },
      region: {
        env: 'AWS_REGION',
        help: 'Region of AWS, which matters in China (cn-northwest-1) and in GovCloud (us-gov-west-1).',
        example: 'us-gov-west-1',
      },
      endpoint: {
        env: 'AWS_ENDPOINT_URL_ROUTE_53',
        help: 'Where the API is, for a sandbox or a gateway of your own.',
        example: 'http://127.0.0.1:5000',
      },
      profile: {
        env: 'AWS_PROFILE',
        help: 'Profile in the files of AWS (`~/.aws/config`) that has the credentials.',
        example: 'dns',
      },
    },
    setUpBy: [
      'AWS_ACCESS_KEY_ID',
      'AWS_PROFILE',
      'AWS_ROLE_ARN',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_HOSTED_ZONE_ID',
      'AWS_ENDPOINT_URL_ROUTE_53',
    ],
    create: ({ region, hostedZoneId, endpoint, profile }, runtime) =>
      route53Provider(
        {
          region,
          timeoutMs: TIMEOUT_MS,
          ...(hostedZoneId !== undefined && { hostedZoneId }),
          ...(endpoint !== undefined && { endpoint }),
          ...(profile !== undefined && { profile }),
          ...(credentials !== undefined && { credentials }),
        },
        runtime,
      ),
  })
}
