import type { Clock, Logger } from '../contracts/runtime.ts'
import { type CaPaces, pacesOf } from '../domain/ca-limits.ts'
import { DomainctlError } from '../errors.ts'
import { abortable } from './abortable.ts'
import type { Answer } from './answer.ts'
import type { Line, SignedResource, Signer } from './client.ts'
import { type Directory, notAcme, parseDirectory } from './directory.ts'
import { isNonce, NoncePool } from './nonces.ts'
import { createPacer, type PacedResource } from './pacer.ts'
import { malformed, refusal } from './refusal.ts'
import type { Transport } from './transport.ts'

/** A directory seldom changes, but a process may run for months. */
const DIRECTORY_TTL_MS = 24 * 3_600_000

/**
 * The line to one CA: loads what it needs, reads the directory and takes the first nonce when a request is made, and
 * keeps them. Any number of requests at once.
 */
export class Connection {
  readonly #url: URL
  readonly #clock: Clock
  readonly #open: () => Promise<Transport>
  #transport: Promise<Transport> | undefined
  #directory: { promise: Promise<Directory>; until: number } | undefined
  /** As it was read last. */
  #known: Directory | undefined
  readonly #nonces: NoncePool

  /** @param o.paces what this CA allows; when not given, what is known of it */
  constructor(o: {
    url: URL
    caRoots?: string
    timeoutMs: number
    userAgent: string
    clock: Clock
    logger: Logger
    paces?: CaPaces
  }) {
    this.#url = o.url
    this.#clock = o.clock
    this.#nonces = new NoncePool(o.clock, () => this.#fetchNonce())
    this.#open = async () => {
      const { createTransport } = await import('./transport.ts')
      const transport = logged(createTransport({ ...o, directory: o.url }), o.clock, o.logger)
      const pacer = createPacer(o.paces ?? pacesOf(o.url.href), o.clock)
      return {
        close: () => transport.close(),
        // Its time-out begins when it is sent, not while it waits for its turn.
        send: async (method, url, call) => {
          await pacer.take(this.#resourceOf(url), call.signal)
          return transport.send(method, url, call)
        },
      }
    }
  }

  /** The directory, fetched once a day; callers at the same time share one request. */
  async directory(signal: AbortSignal): Promise<Directory> {
    signal.throwIfAborted()
    const now = this.#clock.now().getTime()
    if (this.#directory === undefined || this.#directory.until <= now) {
      const fetched = { promise: this.#fetchDirectory(), until: now + DIRECTORY_TTL_MS }
      this.#directory = fetched
      fetched.promise.catch(() => {
        if (this.#directory === fetched) this.#directory = undefined
      })
    }
    return abortable(this.#directory.promise, signal)
  }

  /** A signed POST; see `post` in client.ts. */
  async post(
    signer: Signer,
    target: string | { resource: SignedResource },
    payload: object | null,
    subject: string,
    signal: AbortSignal,
  ): Promise<Answer> {
    const [{ post }, directory, transport] = await Promise.all([import('./client.ts'), this.directory(signal), this.#opened()])
    const line: Line = { transport, directory, nonces: this.#nonces, now: () => this.#clock.now() }
    return post(line, signer, target, payload, subject, signal)
  }

  /** The JWS by which a new key shows that it is at hand (RFC 8555 §7.3.5), to be the payload of another one. */
  async signedByNewKey(signer: Signer, url: string, payload: object): Promise<object> {
    return (await import('./client.ts')).signedByNewKey(signer, url, payload)
  }

  /** A GET without a signature, which renewal information alone is asked by (RFC 9773 §4.1). */
  async get(url: string, signal: AbortSignal): Promise<Answer> {
    return (await this.#opened()).send('GET', url, { signal })
  }

  async close(): Promise<void> {
    if (this.#transport !== undefined) await (await this.#transport).close()
  }

  /** As the CA counts it. */
  #resourceOf(url: string): PacedResource {
    const { newNonce, newOrder, renewalInfo } = this.#known ?? {}
    if (url === newNonce) return 'newNonce'
    if (url === newOrder) return 'newOrder'
    return renewalInfo !== undefined && url.startsWith(renewalInfo) ? 'renewalInfo' : 'other'
  }

  #opened(): Promise<Transport> {
    this.#transport ??= this.#open()
    return this.#transport
  }

  // Both are shared by callers, so that no caller's signal ends them; the time-out of the request does.

  async #fetchDirectory(): Promise<Directory> {
    const transport = await this.#opened()
    try {
      this.#known = parseDirectory(await transport.send('GET', this.#url.href, {}), this.#clock.now())
      return this.#known
    } catch (thrown) {
      if (thrown instanceof DomainctlError && thrown.code === 'CA_REFUSED') {
        throw notAcme(this.#url.href, 'its answer is longer than 1 MiB', undefined, thrown)
      }
      throw thrown
    }
  }

  async #fetchNonce(): Promise<string> {
    const transport = await this.#opened()
    const { promise } = this.#directory ?? { promise: this.#fetchDirectory() }
    const { newNonce } = await promise
    const answer = await transport.send('HEAD', newNonce, {})
    if (answer.status < 200 || answer.status > 299) {
      throw refusal(answer, 'a nonce', this.#clock.now(), { concernsAll: true })
    }
    const nonce = answer.headers['replay-nonce']
    if (!isNonce(nonce)) throw malformed(newNonce, 'was asked for a nonce and sent none')
    return nonce
  }
}

/** Every request shows at level debug: what, whereto, how it ended, how long it took. */
function logged(transport: Transport, clock: Clock, logger: Logger): Transport {
  return {
    close: () => transport.close(),
    async send(method, url, o) {
      const start = clock.now().getTime()
      const log = (fields: Record<string, unknown>) =>
        logger.log('debug', 'request to the CA', { method, url, ...fields, ms: clock.now().getTime() - start })
      try {
        const answer = await transport.send(method, url, o)
        log({ status: answer.status })
        return answer
      } catch (thrown) {
        log({ error: thrown instanceof Error ? thrown.message : String(thrown) })
        throw thrown
      }
    },
  }
}
