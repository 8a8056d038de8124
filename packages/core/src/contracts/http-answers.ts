import type { HttpChallenge } from '../domain/http-challenge.ts'

/** That an address is listened at, for one order. */
export interface Listening {
  /** Addresses that could not be listened at, as it is now: one that is taken is tried again while somebody needs it. */
  readonly refused: readonly RefusedAddress[]
  /** There are addresses to listen at, and none of them could be. */
  readonly isDeaf: boolean
  /** The order needs it no more; idempotent. */
  close(): Promise<void>
}

export interface RefusedAddress {
  /** As it was configured. */
  address: string
  /** Of the system: `EADDRINUSE`, `EACCES` … */
  code: string
  /** Goes on from the address. */
  why: string
}

/**
 * How this process itself gives the answers to HTTP-01 challenges that are in the state: by listening, by files in a webroot, or
 * not at all where neither is configured, since a proxy asks the state. Any number of calls at once.
 */
export interface HttpAnswers {
  /**
   * Where the file of a token goes, and which folders have to be made for it. Changes nothing.
   * @throws DomainctlError `HTTP_CHALLENGE_CANNOT_SERVE` when there is no such webroot, or it cannot be written
   */
  plan(token: string): Promise<Pick<HttpChallenge, 'file' | 'folders'>>
  /** Writes the file, whole or not at all; safe to repeat. @throws DomainctlError `HTTP_CHALLENGE_CANNOT_SERVE` */
  write(challenge: HttpChallenge): Promise<void>
  /** Takes the file away, and the folders that were made where nothing else is in them. What is not there is fine. */
  remove(challenge: HttpChallenge): Promise<void>
  /** Listens until it is closed; several orders share it. What cannot be listened at is no exception: see `refused`. */
  listen(): Promise<Listening>
}
