import { connect } from 'node:net'
import type { Clock } from '@domainctl/core'

/** Answers are a line or a list of certificates; more is not read. */
const MOST_ANSWER = 1024 * 1024

/** HAProxy's Runtime API at a socket of the file system, or `IP:PORT` (management guide, section 9.3). */
export interface RuntimeApi {
  /**
   * What HAProxy answers, without the blanks around it. A payload has no empty lines, since the first one ends it.
   * @throws Error where nobody answers in time
   */
  ask(command: string, payload?: string): Promise<string>
}

export function runtimeApi(address: string, { clock, timeoutMs }: { clock: Clock; timeoutMs: number }): RuntimeApi {
  return {
    async ask(command, payload) {
      const body = payload === undefined ? `${command}\n` : `${command} <<\n${payload.replace(/\n{2,}/g, '\n').trim()}\n\n`
      const over = new AbortController()
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      const socket = address.startsWith('/') ? connect(address) : connect(portOf(address))
      let answer = ''
      socket.setEncoding('utf8')
      socket.on('error', (error: NodeJS.ErrnoException) => reject(new Error(`${address} does not answer: ${error.code}`)))
      socket.once('connect', () => socket.write(body))
      socket.on('data', (chunk: string) => {
        answer += chunk
        if (answer.length > MOST_ANSWER) reject(new Error(`${address} answers without end`))
      })
      // In its usual mode HAProxy closes the connection after one command.
      socket.once('end', () => resolve(answer.trim()))
      clock.sleep(timeoutMs, over.signal).then(
        () => reject(new Error(`${address} does not answer within ${timeoutMs / 1000} s`)),
        () => undefined,
      )
      try {
        return await promise
      } finally {
        over.abort()
        socket.destroy()
      }
    },
  }
}

function portOf(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}
