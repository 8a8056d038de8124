import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { Issuer, IssuerAccount, RevocationReason } from '../contracts/issuer.ts'
import type { Clock, Logger } from '../contracts/runtime.ts'
import type { CaPaces } from '../domain/ca-limits.ts'
import { DomainctlError } from '../errors.ts'
import { accountRequests } from './account-requests.ts'
import { certificateId } from './certificate-id.ts'
import type { Signer } from './client.ts'
import { Connection } from './connection.ts'
import { linksOf } from './link.ts'
import { readCertificates } from './pem.ts'
import { malformed, refusal } from './refusal.ts'
import { parseRenewalInfo } from './renewal-info.ts'
import { parseAccount, parseAuthorization, parseLocation, parseOrder, parseOrderList, retryAfterOf } from './resources.ts'
import { parseDirectoryUrl } from './url.ts'

const DEFAULT_TIMEOUT_MS = 30_000

/** The pages of an account's orders that are read at most. */
const MAX_PAGES = 50

export interface IssuerOptions {
  /** Directory URL: https, or http for a host of this machine. */
  ca: string
  /** Certificates in PEM that the CA's API may be signed by, besides those that Node trusts. */
  caRoots?: string
  /** For each request, from connecting to the last byte. Default 30 s. */
  timeoutMs?: number
  /** Of domainctl, for the User-Agent (RFC 8555 §6.1). */
  version?: string
  /** How fast this CA may be asked; when not given, as fast as is known of it, or as one likes. */
  paces?: CaPaces
  clock: Clock
  logger: Logger
}

/**
 * An {@link Issuer} that speaks RFC 8555. Nothing is loaded or sent before the first call; the directory is read then
 * and once a day.
 * @throws DomainctlError `CONFIG_INVALID` when `ca` is no URL that may be used; from the first call on, when `caRoots`
 * is no PEM
 */
export function createIssuer(o: IssuerOptions): Issuer {
  const connection = new Connection({
    url: parseDirectoryUrl(o.ca),
    timeoutMs: o.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    userAgent: o.version === undefined ? 'domainctl' : `domainctl/${o.version}`,
    clock: o.clock,
    logger: o.logger,
    ...(o.caRoots === undefined ? {} : { caRoots: o.caRoots }),
    ...(o.paces && { paces: o.paces }),
  })
  const signers = new Map<string, Signer>()
  const now = () => o.clock.now()

  /** Parsing a key and deriving its public half takes longer than signing with it. */
  function signerOf(key: string): Signer {
    const known = signers.get(key)
    if (known) return known
    const signer = readSigner(key)
    signers.set(key, signer)
    return signer
  }

  function postAs(
    account: IssuerAccount,
    target: string | { resource: 'newOrder' },
    payload: object | null,
    subject: string,
    signal: AbortSignal,
  ) {
    return connection.post({ ...signerOf(account.key), kid: account.url }, target, payload, subject, signal)
  }

  return {
    ca: o.ca,
    ...(o.caRoots !== undefined && { roots: o.caRoots }),

    async describe({ signal }) {
      return (await connection.directory(signal)).description
    },

    ...accountRequests(connection, signerOf, o.ca),

    async newOrder(account, { names, profile, replaces }, { signal }) {
      const payload = {
        identifiers: names.map((value) => ({ type: 'dns', value })),
        ...(profile === undefined ? {} : { profile }),
        ...(replaces === undefined ? {} : { replaces }),
      }
      const answer = await postAs(account, { resource: 'newOrder' }, payload, 'a new order', signal)
      return parseOrder(answer, parseLocation(answer, 'an order'), now())
    },

    async getOrder(account, url, { signal }) {
      return parseOrder(await postAs(account, url, null, 'the order', signal), url, now())
    },

    async listOrders(account, { signal }) {
      const { ordersUrl } = parseAccount(await postAs(account, account.url, null, 'the account', signal))
      if (ordersUrl === undefined) return null
      const orders: string[] = []
      let next: string | undefined = ordersUrl
      for (let page = 1; next !== undefined && page <= MAX_PAGES; page += 1) {
        const list = parseOrderList(await postAs(account, next, null, 'the orders of the account', signal))
        orders.push(...list.urls)
        next = list.next
      }
      if (next !== undefined)
        o.logger.log('warn', 'the account has more orders than were read', { account: account.url, read: orders.length })
      return orders
    },

    async getAuthorization(account, url, { signal }) {
      const answer = await postAs(account, url, null, 'the authorization', signal)
      const thumbprint = sha256(JSON.stringify(signerOf(account.key).jwk))
      const keyAuthorization = (token: string) => `${token}.${thumbprint}`
      return parseAuthorization(answer, { keyAuthorization, txtValue: (token) => sha256(keyAuthorization(token)) }, now())
    },

    async answerChallenge(account, url, { signal }) {
      return retryAfterOf(await postAs(account, url, {}, 'the challenge', signal), now())
    },

    async finalize(account, { url, finalizeUrl }, csr, { signal }) {
      const payload = { csr: Buffer.from(csr).toString('base64url') }
      return parseOrder(await postAs(account, finalizeUrl, payload, 'to finalize the order', signal), url, now())
    },

    async getCertificate(account, url, { signal }) {
      const answer = await postAs(account, url, null, 'the certificate', signal)
      if (answer.contentType !== 'application/pem-certificate-chain') {
        throw malformed(
          url,
          `sent the certificate as ${answer.contentType || 'something without a content type'}, not as a chain in PEM`,
        )
      }
      // Where it ends too early it is not what the CA has issued, which it gives out again.
      if (answer.text.includes(BEGIN) && !answer.text.trimEnd().endsWith(END))
        throw malformed(url, 'sent a chain that is cut off')
      return { chain: answer.text, alternates: linksOf(answer, 'alternate') }
    },

    async revoke(by, chain, { signal, reason }) {
      const [leaf] = readCertificates(chain).certificates
      if (!leaf) throw new Error('a chain without a certificate')
      const payload = {
        certificate: leaf.raw.toString('base64url'),
        ...(reason !== undefined && { reason: REASON_CODES[reason] }),
      }
      const { revokeCert } = await connection.directory(signal)
      if (revokeCert === undefined) throw malformed(o.ca, 'names no place to revoke certificates at')
      // Who has the certificate's key may revoke it, without any account (RFC 8555 §7.6).
      const signer = 'account' in by ? { ...signerOf(by.account.key), kid: by.account.url } : readSigner(by.certificateKey)
      await connection.post(signer, { resource: 'revokeCert' }, payload, 'the revocation', signal)
    },

    async renewalInfo(chain, { signal }) {
      const { renewalInfo } = await connection.directory(signal)
      const [leaf] = readCertificates(chain).certificates
      const id = leaf && renewalInfo !== undefined ? certificateId(leaf) : null
      if (id === null) return null
      const answer = await connection.get(`${renewalInfo?.replace(/\/$/, '')}/${id}`, signal)
      if (answer.status !== 200) throw refusal(answer, 'its renewal information', now())
      return parseRenewalInfo(answer, now())
    },

    close: () => connection.close(),
  }
}

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'

/** CRLReason (RFC 5280 §5.3.1). */
const REASON_CODES: Record<RevocationReason, number> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
}

/** Base64url, as RFC 7638 (thumbprint) and RFC 8555 §8.4 (TXT value) have it. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function readSigner(pem: string): Signer {
  try {
    const key = createPrivateKey(pem)
    const members = Object.entries(createPublicKey(key).export({ format: 'jwk' })).sort(([a], [b]) => (a < b ? -1 : 1))
    return { key, jwk: Object.fromEntries(members.map(([name, value]) => [name, String(value)])) }
  } catch (cause) {
    throw new DomainctlError('CA_ACCOUNT_INVALID', 'The private key of the account cannot be read: it is not PKCS#8 PEM.', {
      hint: 'Restore the state from a backup, or import the key of the account with domainctl account import.',
      cause,
    })
  }
}
