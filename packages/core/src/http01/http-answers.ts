import type { HttpAnswers } from '../contracts/http-answers.ts'
import { createListener, type ListenerOptions } from './listener.ts'
import { createWebroot } from './webroot.ts'

export interface HttpAnswersOptions extends ListenerOptions {
  /** Folder that a web server serves. */
  webroot?: string
}

/** {@link HttpAnswers} over `node:http` and the file system. */
export function createHttpAnswers({ webroot, ...listener }: HttpAnswersOptions): HttpAnswers {
  return { ...createWebroot(webroot), ...createListener(listener) }
}
