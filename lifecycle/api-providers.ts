import type { Clock, DnsProvider } from '@domainctl/core'
import { systemRandom } from '@domainctl/core'
import { createCloudflare, createGodaddy, createRoute53 } from '@domainctl/providers'
import type { ProviderApi, Sandbox, WrittenAnswer } from '@domainctl/sandbox'

/** A provider that is reached by an API over HTTP, as tests have it: the adapter, and the API in a sandbox. */
export interface ApiProvider {
  /** The adapter on this sandbox; it waits, and reads the time, by this clock. */
  open(sandbox: Sandbox, clock: Clock): DnsProvider
  api(sandbox: Sandbox): ProviderApi & { requestLimit?: number }
  /** The variable of the environment that leads the command elsewhere. */
  readonly baseUrl: string
  /** What a busy API answers: too many requests, and failures. */
  refusals(sandbox: Sandbox): readonly WrittenAnswer[]
  /** What it answers from the moment on at which the credential ends. */
  denial(sandbox: Sandbox): WrittenAnswer
  /** What it answers by mistake to what it has done. */
  failures(sandbox: Sandbox): readonly WrittenAnswer[]
}

export const API_PROVIDERS = {
  cloudflare: {
    open: ({ apis }, clock) => createCloudflare(apis.cloudflare.options, { clock, random: systemRandom() }),
    api: ({ apis }) => apis.cloudflare,
    baseUrl: 'CLOUDFLARE_BASE_URL',
    refusals: ({ apis: { cloudflare } }) => [cloudflare.answers.rateLimited(1), ...failuresOfCloudflare(cloudflare.answers)],
    // The code: certbot#7583.
    denial: () => ({
      status: 403,
      body: { result: null, success: false, errors: [{ code: 9109, message: 'Invalid access token' }], messages: [] },
    }),
    failures: ({ apis: { cloudflare } }) => failuresOfCloudflare(cloudflare.answers),
  },
  route53: {
    open: ({ apis }, clock) => createRoute53(apis.route53.options, { clock, random: systemRandom() }),
    api: ({ apis }) => apis.route53,
    baseUrl: 'AWS_ENDPOINT_URL_ROUTE_53',
    refusals: ({ apis: { route53 } }) => {
      const { throttling, priorRequestNotComplete, serviceUnavailable } = route53.answers
      // Route 53 throttles with 400; what stands before it may say 429 and when to come back (RFC 6585 §4).
      const later = { ...throttling, status: 429, headers: { ...throttling.headers, 'retry-after': '1' } }
      return [throttling, later, priorRequestNotComplete, serviceUnavailable]
    },
    denial: ({ apis: { route53 } }) => route53.answers.expiredToken,
    failures: ({ apis: { route53 } }) => [
      route53.answers.serviceUnavailable,
      { ...route53.answers.serviceUnavailable, status: 500 },
    ],
  },
  godaddy: {
    open: ({ apis }, clock) => createGodaddy(apis.godaddy.options, { clock, random: systemRandom() }),
    api: ({ apis }) => apis.godaddy,
    baseUrl: 'GODADDY_BASE_URL',
    refusals: ({ apis: { godaddy } }) => {
      const { tooManyRequests, internalError, gatewayTimeout } = godaddy.answers
      return [tooManyRequests(1), internalError, gatewayTimeout]
    },
    denial: ({ apis: { godaddy } }) => godaddy.answers.accessDenied,
    failures: ({ apis: { godaddy } }) => [godaddy.answers.internalError, godaddy.answers.gatewayTimeout],
  },
} as const satisfies Record<string, ApiProvider>

export type ApiProviderName = keyof typeof API_PROVIDERS

export const API_PROVIDER_NAMES = Object.keys(API_PROVIDERS) as ApiProviderName[]

/** By its name, and without the limits of a real API: at them tests would only wait. */
export function unlimited(name: ApiProviderName, sandbox: Sandbox): ApiProvider {
  const provider: ApiProvider = API_PROVIDERS[name]
  const api = provider.api(sandbox)
  if (api.requestLimit !== undefined) api.requestLimit = Number.POSITIVE_INFINITY
  return provider
}

/** The same path at another origin. */
export function elsewhere(url: string | undefined, origin: string): string {
  if (url === undefined) throw new Error('the world does not say where the API is')
  const { pathname } = new URL(url)
  return pathname === '/' ? origin : `${origin}${pathname}`
}

function failuresOfCloudflare(answers: Sandbox['apis']['cloudflare']['answers']): WrittenAnswer[] {
  return [answers.internalError, answers.badGateway, answers.passingForbidden]
}
