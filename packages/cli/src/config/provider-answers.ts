import type { ProviderAccess } from '@domainctl/core'
import * as z from 'zod'
import { type Foreign, faulty } from './foreign-fault.ts'

// What the methods of a provider answer with, as contracts/dns-provider.ts of core says it.

const zone = z.object({ id: z.string(), name: z.string() })

const rrset = z.object({
  name: z.string(),
  type: z.enum(['TXT', 'CNAME', 'A', 'AAAA', 'CAA']),
  ttl: z.number().min(0),
  values: z.array(z.string()),
  proxied: z.boolean().optional(),
})

const change = z.object({
  status: z.enum(['applied', 'pending', 'by-hand']),
  id: z.string().optional(),
  previous: rrset.nullable().optional(),
})

const access = z.object({
  identity: z.string().optional(),
  zones: z.array(z.object({ ...zone.shape, mayWrite: z.boolean().optional() })),
  complete: z.boolean(),
  expiresAt: z.date().optional(),
  warnings: z.array(z.string()),
})

const ANSWERS = {
  findZone: zone.nullable(),
  getRRset: rrset.nullable(),
  addValues: change,
  removeValues: change,
  setRRset: change,
  waitForSync: z.unknown(),
  nameServers: z.array(z.string()),
  access,
}

export type CheckedMethod = keyof typeof ANSWERS

const CAPABILITIES = z.object({ minTtl: z.number().min(0), atomicRRset: z.boolean(), proxied: z.boolean() })

/** @throws DomainctlError `PROVIDER_FAULTY` */
export function checkCapabilities(capabilities: unknown, foreign: Foreign): void {
  check(CAPABILITIES, capabilities, 'it makes a provider without capabilities', foreign)
}

/** @throws DomainctlError `PROVIDER_FAULTY` for an answer that the engine cannot go on with */
export function checkAnswer(method: CheckedMethod, answer: unknown, foreign: Foreign): void {
  check(ANSWERS[method], answer, `${method} does not answer as the contract says`, foreign)
}

/** Its texts without the provider's secrets: they are shown to people. */
export function withoutSecretsIn(access: ProviderAccess, { cut }: Foreign): ProviderAccess {
  return {
    ...access,
    ...(access.identity !== undefined && { identity: cut(access.identity) }),
    warnings: access.warnings.map(cut),
  }
}

function check(shape: z.ZodType, value: unknown, what: string, foreign: Foreign): void {
  const checked = shape.safeParse(value)
  if (checked.success) return
  const { path = [], message = '' } = checked.error.issues[0] ?? {}
  throw faulty(`${what} (${[...path.map(String), message].join(': ')})`, foreign)
}
