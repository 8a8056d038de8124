import { type Deployed, type DeployTarget, DomainctlError, defineDeployTarget, parseRetryAfter, printable } from '@domainctl/core'
import { type Answer, exchange, NoAnswer } from '../../posts/exchange.ts'
import type { Reach } from '../../posts/reach.ts'
import { readRoots } from '../../posts/roots.ts'
import { signedHeaders } from '../../posts/signature.ts'
import type { TargetRuntime } from '../../target-manifest.ts'
import { withoutSecrets } from '../../without-secrets.ts'
import { withoutKey } from '../command-env.ts'
import { applyBody } from './body.ts'

/** Options of {@link webhookTarget}, parsed. */
export interface WebhookOptions {
  url: string
  secret: string
  timeoutMs: number
  caFile?: string | undefined
}

/** What a receiver answers that will never take this certificate. */
const REFUSED = new Set([409, 422])

/**
 * Hands certificates to an agent over HTTPS. Each request has an id and a time of its own, so that one that somebody has recorded
 * is worth nothing; that a certificate is there already the receiver tells by its fingerprint. What was there before is known to
 * nobody here: to go back to it, it is sent again.
 */
export function webhookTarget(options: WebhookOptions, { clock, random, reach = 'public' }: TargetRuntime): DeployTarget {
  const { url, secret, timeoutMs, caFile } = options
  const { host } = new URL(url)
  const cutSecret = withoutSecrets([secret])
  return defineDeployTarget({
    async deploy(certificate, { signal, reason }): Promise<Deployed> {
      signal.throwIfAborted()
      const ca = await readRoots(caFile).catch((error: Error) => {
        throw new DomainctlError('DEPLOY_FAILED', `${error.message}.`, {
          hint: 'caFile of the target names the PEM file with the roots of the receiver.',
          cause: error,
        })
      })
      const id = Buffer.from(random.bytes(16)).toString('hex')
      const body = applyBody(id, certificate, reason)
      const headers = signedHeaders({ id, body }, secret, clock.now())
      const cutKey = withoutKey(certificate)
      const cut = (text: string) => printable(cutSecret(cutKey(text)))
      const answer = await exchange({ url, body, headers, signal, timeoutMs, reach, ca }).catch((thrown: unknown) => {
        throw thrown instanceof NoAnswer ? unanswered(thrown, { host, reach }) : thrown
      })
      if (answer.status >= 200 && answer.status < 300) return { changed: hasChanged(answer) }
      throw refusal(answer, { host, now: clock.now(), cut })
    },
  })
}

/** A receiver may say that it had exactly this already. */
function hasChanged({ text }: Answer): boolean {
  try {
    return JSON.parse(text)?.changed !== false
  } catch {
    // It says nothing that we know.
    return true
  }
}

function unanswered({ reason, why }: NoAnswer, { host, reach }: { host: string; reach: Reach }): DomainctlError {
  if (reason === 'out of reach') {
    return new DomainctlError('DEPLOY_FAILED', `No certificate is sent to ${host}: it has ${why}.`, {
      hint:
        reach === 'private'
          ? 'In a sandbox nothing is sent out of this machine and its networks.'
          : 'If it is a server of your own that is meant, allow private addresses: --allow-private (DOMAINCTL_ALLOW_PRIVATE, allowPrivate).',
    })
  }
  if (reason === 'untrusted') {
    return new DomainctlError('DEPLOY_FAILED', `The certificate of ${host} is not trusted: ${why}. Nothing was sent.`, {
      hint: 'Correct url, or name the PEM file with its root in caFile of the target.',
    })
  }
  const after = reason === 'lost' ? ' It may have taken the certificate all the same.' : ''
  return new DomainctlError('DEPLOY_FAILED', `${host} gave no answer (${printable(why)}).${after}`, {
    hint: 'It is tried again by itself, which does no harm where it was taken; see what the receiver says if it lasts.',
  })
}

function refusal(
  { status, text, retryAfter }: Answer,
  o: { host: string; now: Date; cut(text: string): string },
): DomainctlError {
  const message = `${o.host} answered ${status}${text === '' ? '' : `: ${o.cut(text)}`}.`
  if (REFUSED.has(status)) {
    return new DomainctlError('DEPLOY_REFUSED', message, {
      hint: 'See why the receiver does not take this certificate; once that is mended: domainctl deploy NAME.',
    })
  }
  const retryAfterMs = parseRetryAfter(retryAfter, o.now)
  return new DomainctlError('DEPLOY_FAILED', message, {
    hint: hintOf(status),
    ...(retryAfterMs !== undefined && { retryAt: new Date(o.now.getTime() + retryAfterMs) }),
  })
}

function hintOf(status: number): string {
  if (status >= 300 && status < 400) return 'Redirects are not followed: configure the URL that it leads to.'
  if (status === 401 || status === 403) return 'See that the receiver has the same secret, and that the clocks of both are right.'
  if (status === 404 || status === 405) return 'See that url of the target is where the receiver takes certificates.'
  return 'It is tried again by itself; see what the receiver says if it lasts.'
}
