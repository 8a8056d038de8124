import type { Notice } from '../domain/notice.ts'
import type { CallOptions } from './dns-provider.ts'

/** What is sent in one message: notices of one event, severity and tenant, oldest first, one at least. */
export interface NoticeMessage {
  /** The same each time that it is sent: a receiver that has it drops it. */
  readonly id: string
  readonly notices: readonly Notice[]
}

/** What became of a message that was taken. */
export interface NoticeReceipt {
  /** For the operator: recipients that were refused while others were not, say. Empty: all is well. */
  warnings: readonly string[]
}

/**
 * A channel by which people are told something, such as a chat or mail.
 *
 * Implementations are safe for concurrent use, keep nothing between calls that a second process would need, end soon when the
 * signal aborts, and never wait longer than some 20 seconds by themselves.
 */
export interface Notifier {
  /**
   * Sends one message, once: repeating is for the caller. It may be called again with the same message after a crash or an
   * answer that was lost; where the receiver can tell messages by an id, that of the message is given.
   *
   * @throws DomainctlError `CHANNEL_UNREACHABLE` for what may pass by itself (with `retryAt` where the receiver said when),
   * `CHANNEL_REFUSED` for what somebody has to mend first, both tried again; `NOTICE_REFUSED` for a message that the receiver will
   * never take, which is not. None of them has the address in it where that is a secret.
   */
  send(message: NoticeMessage, o: CallOptions): Promise<NoticeReceipt>
  /** Frees its connections. Nothing is called after it. */
  close?(): Promise<void>
}
