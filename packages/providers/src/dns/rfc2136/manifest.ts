import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { defineProvider } from '../../manifest.ts'
import { rfc2136Provider } from './adapter.ts'
import { canonicalName, encodeName } from './name.ts'
import type { ServerAddress } from './transport.ts'
import { TSIG_ALGORITHMS, type TsigAlgorithm } from './tsig.ts'

/** Options of {@link import('./index.ts').createRfc2136}, as the configuration has them. */
export interface Rfc2136Options {
  /** `host`, `host:port`, `[v6]:port`; port 53 when none is given. */
  nameserver: string
  /** Name of the TSIG key. */
  tsigKey: string
  /** Secret of the key, base64. */
  tsigSecret: string
  /** `hmac-sha256` when absent. */
  tsigAlgorithm?: TsigAlgorithm
  /** Apex of the one zone to write to; when absent the server is asked which zone that it takes updates of holds a name. */
  zone?: string
  /** Longest wait for one answer; 10000 when absent. */
  timeoutMs?: number
}

const ALGORITHMS = Object.keys(TSIG_ALGORITHMS) as TsigAlgorithm[]
const missing = (input: { input?: unknown }): string => (input.input === undefined ? 'is missing' : 'has to be text')

const domainName = z
  .string({ error: missing })
  .refine(isName, { error: 'is not a domain name' })
  .transform((name) => canonicalName(name))

const schema = z.strictObject({
  nameserver: z.string({ error: missing }).transform((text, context): ServerAddress => {
    const address = parseServer(text)
    if (address !== null) return address
    context.addIssue({ code: 'custom', message: 'has to be host, host:port or [IPv6]:port' })
    return z.NEVER
  }),
  tsigKey: domainName,
  tsigSecret: z.string({ error: missing }).transform((text, context) => {
    const bytes = Buffer.from(text, 'base64')
    // Node skips what is not base64, so it is compared with what the octets would be written as.
    if (bytes.length > 0 && bytes.toString('base64').replace(/=+$/, '') === text.trim().replace(/=+$/, '')) return bytes
    context.addIssue({ code: 'custom', message: 'has to be base64' })
    return z.NEVER
  }),
  tsigAlgorithm: z.preprocess(
    (value) => (typeof value === 'string' ? canonicalName(value) : value),
    z.enum(ALGORITHMS, { error: `has to be one of ${ALGORITHMS.join(', ')}` }).default('hmac-sha256'),
  ),
  zone: domainName.optional(),
  timeoutMs: z.coerce.number({ error: 'has to be a number of milliseconds' }).int().min(1).max(600_000).default(10_000),
})

export const manifest = defineProvider({
  name: 'rfc2136',
  title: 'RFC 2136 (BIND, Knot DNS, PowerDNS)',
  help:
    'Writes records by dynamic updates (RFC 2136), signed with a TSIG key (RFC 8945), to the primary name server of the ' +
    'zone, over TCP. The key needs the right to update the zone and to query it. In BIND, `tsig-keygen NAME` makes a ' +
    'key and `update-policy { grant NAME zonesub ANY; };` in the zone allows it; in Knot, `keymgr -t NAME hmac-sha256` ' +
    'and an `acl` with `action: update`. To allow it no more than the challenges of certificates, grant TXT records only.',
  schema,
  options: {
    nameserver: {
      env: 'RFC2136_NAMESERVER',
      help: 'Primary name server of the zone: host, host:port or [IPv6]:port; port 53 when none is given.',
      example: 'ns1.example.com:53',
    },
    tsigKey: { env: 'RFC2136_TSIG_KEY', help: 'Name of the TSIG key.', example: 'domainctl' },
    tsigSecret: {
      env: 'RFC2136_TSIG_SECRET',
      secret: true,
      help: 'Secret of the TSIG key, in base64.',
      example: 'c2VjcmV0LW9mLXRoZS1rZXktMzItb2N0ZXRzLWxvbmc=',
    },
    tsigAlgorithm: {
      env: 'RFC2136_TSIG_ALGORITHM',
      help: `Algorithm of the TSIG key: ${ALGORITHMS.join(', ')}.`,
      example: 'hmac-sha512',
    },
    zone: {
      env: 'RFC2136_ZONE',
      help: 'The zone to write to, when it shall not be found by asking the name server.',
      example: 'example.com',
    },
    timeoutMs: { env: 'RFC2136_TIMEOUT_MS', help: 'Longest wait for one answer, in milliseconds.', example: '5000' },
  },
  create: ({ nameserver, tsigKey, tsigSecret, tsigAlgorithm, zone, timeoutMs }, runtime) =>
    rfc2136Provider(
      {
        server: nameserver,
        key: { name: tsigKey, algorithm: tsigAlgorithm, secret: tsigSecret },
        ...(zone !== undefined && { zone }),
        timeoutMs,
      },
      runtime,
    ),
})

/** `null` when the text is no address of a server. */
export function parseServer(text: string): ServerAddress | null {
  if (isIPv6(text)) return { host: text, port: 53 }
  const [, v6, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]\s/]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = v6 ?? plain ?? ''
  const port = digits === undefined ? 53 : Number(digits)
  const valid = v6 === undefined ? isIPv4(host) || isName(host) : isIPv6(v6)
  return valid && port > 0 && port < 65_536 ? { host, port } : null
}

function isName(text: string): boolean {
  try {
    return encodeName(text).length > 1
  } catch {
    return false
  }
}
