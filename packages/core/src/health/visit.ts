import type { X509Certificate } from 'node:crypto'
import type { CallOptions } from '../contracts/dns-provider.ts'
import type { HealthTarget } from '../contracts/health-probe.ts'
import { judgeEndpoint } from '../domain/health/answer.ts'
import { judgeChain } from '../domain/health/chain.ts'
import type { AddressMeasurement, HealthFinding } from '../domain/health/measurement.ts'
import type { HealthLayer } from '../domain/health/problems.ts'
import { monotone } from '../domain/monotone.ts'
import { connect } from './connect.ts'
import { type Secured, secure } from './handshake.ts'
import { type VisitOptions, visitPage } from './page.ts'
import { LATE, within } from './patience.ts'
import { ask } from './request.ts'
import { isFor, issuersOf, namesOf, readSent, sentCertificates } from './sent-certificates.ts'
import { judgeStapled, mustStaple, type Stapled } from './stapled.ts'

/** For all that is done at one address, in ms. */
const PATIENCE = 10_000

const IN_TIME = `within ${PATIENCE / 1000} s`

/** What is right at each layer but did not end in time. */
const LATE_FAULTS: Record<HealthLayer, HealthFinding> = {
  dns: { code: 'NAME_SERVERS_SILENT', why: `no name server answers ${IN_TIME}` },
  tcp: { code: 'TCP_TIMED_OUT', why: `there is no connection ${IN_TIME}` },
  tls: { code: 'TLS_TIMED_OUT', why: `the TLS handshake does not end ${IN_TIME}` },
  http: { code: 'HTTP_TIMED_OUT', why: `there is no whole answer ${IN_TIME}` },
  endpoint: { code: 'ENDPOINT_SILENT', why: `the endpoint gives no whole answer ${IN_TIME}` },
}

/** RFC 8996 has ended TLS 1.0 and 1.1. */
const OLD_PROTOCOLS: readonly string[] = ['SSLv3', 'TLSv1', 'TLSv1.1']
const WEAK_CIPHER = /RC4|DES|NULL|EXP|ADH|AECDH|MD5/

/** Measures one address, layer by layer, up to the first that is broken. */
export async function visit(address: string, target: HealthTarget, o: VisitOptions & CallOptions): Promise<AddressMeasurement> {
  const seen: AddressMeasurement = { address, layers: [], warnings: [], redirects: [] }
  const refusal = o.refusal(address)
  if (refusal !== undefined) {
    const why = `it leads to ${address}, ${refusal}, which is not connected to`
    return { ...seen, layers: [{ layer: 'dns', ms: 0, fault: { code: 'ADDRESS_PRIVATE', why } }] }
  }
  const now = monotone(o.clock)
  const at: { layer: HealthLayer; since: number } = { layer: 'tcp', since: now() }
  const outcome = await within(PATIENCE, o, async (signal) => {
    for (const step of stepsOf(target)) {
      Object.assign(at, { layer: step.layer, since: now() })
      const fault = await step.take({ address, target, seen }, { ...o, signal })
      if (signal.aborted) return
      if (fault === UNKNOWN) return
      seen.layers.push({ layer: step.layer, ms: now() - at.since, ...(fault && { fault }) })
      if (fault) return
    }
  })
  if (outcome === LATE) seen.layers.push({ layer: at.layer, ms: now() - at.since, fault: LATE_FAULTS[at.layer] })
  o.signal.throwIfAborted()
  return seen
}

interface Visited {
  address: string
  target: HealthTarget
  seen: AddressMeasurement
}

const UNKNOWN = Symbol('unknown')

interface Step {
  layer: HealthLayer
  take(visited: Visited, o: VisitOptions & CallOptions): Promise<HealthFinding | typeof UNKNOWN | undefined>
}

/** The connection goes from step to step. */
function stepsOf(target: HealthTarget): Step[] {
  const holding: { under?: Parameters<typeof secure>[0]; secured?: Secured } = {}
  const steps: Step[] = [
    {
      layer: 'tcp',
      async take({ address, target }, o) {
        const connected = await connect({ address, port: target.port ?? o.httpsPort }, o)
        if ('unknown' in connected) return UNKNOWN
        if ('fault' in connected) return connected.fault
        holding.under = connected.socket
        return undefined
      },
    },
    {
      layer: 'tls',
      async take({ address, target, seen }, o) {
        if (!holding.under) throw new Error('there is no connection')
        const { name, port = o.httpsPort } = target
        const again = () => connect({ address, port }, o)
        const secured = await secure(holding.under, { name, roots: o.roots, again })
        if ('fault' in secured) return secured.fault
        holding.secured = secured
        const fault = judgeHandshake(name, secured, seen, o)
        if (fault) secured.socket.destroy()
        return fault
      },
    },
    {
      layer: 'http',
      async take({ address, target, seen }, o) {
        if (!holding.secured) throw new Error('there is no TLS')
        const { fault, status, redirects } = await visitPage(target, { address, socket: holding.secured.socket }, o)
        seen.redirects = redirects
        if (status !== undefined) seen.status = status
        return fault
      },
    },
  ]
  if (target.endpoint) steps.push({ layer: 'endpoint', take: ({ address, target }, o) => visitEndpoint(address, target, o) })
  return steps
}

/** Judges what the server showed, and notes it. */
function judgeHandshake(name: string, secured: Secured, seen: AddressMeasurement, o: VisitOptions): HealthFinding | undefined {
  const { socket, own, refusal, isTrusted } = secured
  const protocol = socket.getProtocol() ?? 'unknown'
  seen.protocol = protocol
  const certificates = readSent(sentCertificates(own), o.roots)
  const [first] = certificates
  if (first) {
    const { issuer, fingerprint, notBefore, notAfter } = first
    seen.certificate = { issuer, fingerprint, notBefore, notAfter }
  }
  const { fault, warnings } = judgeChain(
    {
      name,
      isForName: own !== undefined && isFor(own, name),
      names: own ? namesOf(own) : [],
      sent: certificates,
      isTrusted,
      ...(refusal !== undefined && { refusal }),
    },
    o.clock.now(),
  )
  seen.warnings.push(...warnings)
  if (OLD_PROTOCOLS.includes(protocol)) {
    return { code: 'TLS_PROTOCOL_OLD', why: `the server speaks ${protocol.replace(/v1$/, 'v1.0')}, and nothing newer` }
  }
  if (fault) return fault
  const revocation = own && judgeRevocation(own, secured, seen, o)
  if (revocation) return revocation
  const cipher = socket.getCipher().name
  if (WEAK_CIPHER.test(cipher)) return { code: 'TLS_CIPHER_WEAK', why: `the server chooses the cipher ${cipher}` }
  return undefined
}

/** What is wrong with an answer that is stapled, in words that go on from `the stapled OCSP answer`. */
const BAD_STAPLES: Partial<Record<Stapled, string>> = {
  unknown: 'says that the CA does not know the certificate',
  unreadable: 'is an error, or none',
  foreign: 'is about another certificate',
  expired: 'is out of date',
  unverified: 'is not signed by the CA',
}

/** By what is stapled alone: nobody else is asked, and no list of the CA is fetched. */
function judgeRevocation(
  own: X509Certificate,
  { stapled }: Secured,
  seen: AddressMeasurement,
  o: VisitOptions,
): HealthFinding | undefined {
  if (stapled) seen.stapled = judgeStapled(stapled, { own, issuers: issuersOf(own, o.roots), now: o.clock.now() })
  if (seen.stapled === 'good') return undefined
  if (seen.stapled === 'revoked')
    return { code: 'TLS_CERTIFICATE_REVOKED', why: 'the server staples that its certificate is revoked' }
  const bad = seen.stapled && `the stapled OCSP answer ${BAD_STAPLES[seen.stapled]}`
  if (mustStaple(own)) {
    return { code: 'TLS_STAPLE_MISSING', why: `the certificate demands a stapled OCSP answer, and ${bad ?? 'there is none'}` }
  }
  if (bad) seen.warnings.push({ code: 'TLS_STAPLE_INVALID', why: bad })
  return undefined
}

/** Over a connection of its own: the application may be at another port, and behind another server. */
async function visitEndpoint(
  address: string,
  { name, endpoint, port: ofPage }: HealthTarget,
  o: VisitOptions & CallOptions,
): Promise<HealthFinding | typeof UNKNOWN | undefined> {
  if (!endpoint) return undefined
  const port = endpoint.port ?? ofPage ?? o.httpsPort
  const again = () => connect({ address, port }, o)
  const connected = await again()
  if ('unknown' in connected) return UNKNOWN
  const unreachable = (why: string): HealthFinding => ({
    code: 'ENDPOINT_UNREACHABLE',
    why: `the endpoint at port ${port}: ${why}`,
  })
  if ('fault' in connected) return unreachable(connected.fault.why)
  const secured = await secure(connected.socket, { name, roots: o.roots, again })
  if ('fault' in secured) return unreachable(secured.fault.why)
  if (!secured.own || !isFor(secured.own, name)) {
    secured.socket.destroy()
    return unreachable(`its certificate is not for ${name}`)
  }
  if (!secured.isTrusted) {
    secured.socket.destroy()
    return unreachable('no client takes its certificate')
  }
  const { path, text } = endpoint
  const host = port === 443 || port === o.httpsPort ? name : `${name}:${port}`
  const answer = await ask(secured.socket, { host, path, ...(text !== undefined && { text }) })
  return 'broken' in answer ? unreachable(answer.why) : judgeEndpoint(answer, endpoint)
}
