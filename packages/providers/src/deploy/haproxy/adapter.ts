import { X509Certificate } from 'node:crypto'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type Deployed, type DeployedCertificate, type DeployTarget, DomainctlError, defineDeployTarget } from '@domainctl/core'
import { replaceFiles } from '../../file-set/replace-files.ts'
import { codeOf } from '../../file-set/synced-files.ts'
import type { ProviderRuntime } from '../../manifest.ts'
import { folderOf, WRITE_HINT } from '../target-files.ts'
import { type RuntimeApi, runtimeApi } from './runtime-api.ts'

/** Options of {@link haproxyTarget}, parsed. */
export interface HaproxyOptions {
  file: string
  crtList: string
  socket: string
  timeoutMs: number
}

/** HAProxy has one transaction at a time, which another process of ours may have: so often, and so long in between (ms). */
const MOST_TRIES = 40
const BETWEEN_TRIES = 250
/** One that is seen so often was left open by a process that was killed: it takes milliseconds, and nobody else ends it. */
const ABANDONED = 20

/**
 * HAProxy by its files, which count at its next start, and its Runtime API, which counts now: no reload, so that not even an open
 * connection notices. Domains come one after the other.
 */
export function haproxyTarget(options: HaproxyOptions, { clock }: ProviderRuntime): DeployTarget {
  const { crtList, socket, timeoutMs } = options
  const api = whenUnlocked(runtimeApi(socket, { clock, timeoutMs }), clock)
  let turn: Promise<unknown> = Promise.resolve()

  function inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const mine = turn.then(() => {
      signal.throwIfAborted()
      return work()
    })
    turn = mine.catch(() => undefined)
    return mine
  }

  async function place(certificate: DeployedCertificate): Promise<Deployed> {
    const path = folderOf({ folder: options.file }, certificate.name)
    const { privateKey } = certificate
    if (privateKey === undefined)
      throw failure(`the key of ${certificate.name} is not here, and HAProxy reads it from the same file`)
    const content = certificate.fullchain + privateKey
    const [before, listed] = [await read(path), (await read(crtList)) ?? '']
    const isListed = listed.split('\n').some((line) => line.trim().split(/\s/, 1)[0] === path)
    // The files first: they can be put back whether or not HAProxy answers.
    const undo = async () => {
      await write(path, before)
      if (!isListed) await unlist(path)
      if (before === null) await forget(path)
      else await use(path, before)
    }
    // Nothing is changed for one that does not answer at all.
    await look(api).catch((error: unknown) => {
      throw failure(error instanceof Error ? error.message : String(error), error)
    })
    try {
      await write(path, content)
      if (!isListed) await list(path, listed)
      await use(path, content)
    } catch (error) {
      const back = await undo().then(
        () => 'what was there before is there again',
        (second: unknown) => `what was there before could not be put back (${String(second)})`,
      )
      throw failure(`${(error instanceof Error ? error.message : String(error)).replace(/\.$/, '')}; ${back}`, error)
    }
    return { changed: before !== content, undo: ({ signal }) => inTurn(signal, undo) }
  }

  /** At the end and in one piece, so that of two processes at once none loses its line. */
  async function list(path: string, listed: string): Promise<void> {
    await appendTo(crtList, `${listed === '' || listed.endsWith('\n') ? '' : '\n'}${path}\n`)
  }

  /** What another process has added to the list of before, while this one was written, is added to it. */
  async function unlist(path: string): Promise<void> {
    const before = await open(crtList, 'r').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    })
    if (!before) return
    try {
      const text = await before.readFile('utf8')
      const lines = text.split('\n').filter((line) => line.trim().split(/\s/, 1)[0] !== path)
      await write(crtList, lines.join('\n'))
      const added = await before.readFile('utf8')
      if (added !== '') await appendTo(crtList, added)
    } finally {
      await before.close()
    }
  }

  /** Has the running HAProxy serve this, whether or not it knows the file. */
  async function use(path: string, pem: string): Promise<void> {
    for (let [tries, ongoing, seen] = [1, '', 0]; ; tries++) {
      const { files, transaction = path } = await look(api)
      seen = transaction === ongoing ? seen + 1 : 1
      ongoing = transaction
      if (transaction !== path && tries < MOST_TRIES) {
        if (seen === ABANDONED) await api.ask(`abort ssl cert ${transaction}`)
        else await clock.sleep(BETWEEN_TRIES)
        continue
      }
      // A file of before that was made known and not listed any more is listed again below.
      if (!files.has(path)) await expectAnswer(api, `new ssl cert ${path}`, /^New empty certificate store|already exists/i)
      const set = await api.ask(`set ssl cert ${path}`, pem)
      // Another process was quicker. HAProxy 2.6 takes what is set for a part of the other transaction, and says so in passing.
      const isOthers = /ongoing transaction/i.test(set) || (/^Transaction updated/i.test(set) && !set.includes(path))
      if (isOthers && tries < MOST_TRIES) {
        await clock.sleep(BETWEEN_TRIES)
        continue
      }
      if (isOthers || !/^Transaction (created|updated)/i.test(set))
        throw new Error(`HAProxy refuses the certificate: ${told(set)}`)
      const committed = await api.ask(`commit ssl cert ${path}`)
      if (!/Success!$/i.test(committed)) {
        await api.ask(`abort ssl cert ${path}`).catch(() => undefined)
        throw new Error(`HAProxy does not take the certificate: ${told(committed)}`)
      }
      // What another process set in between has become a part of this transaction.
      if (!(await has(api, path, pem)) && tries < MOST_TRIES) continue
      const lines = await api.ask(`show ssl crt-list ${crtList}`)
      const isUsed = lines.split('\n').some((line) => line.trim().split(/\s/, 1)[0] === path)
      if (!isUsed) await expectAnswer(api, `add ssl crt-list ${crtList} ${path}`, /Success!$/i)
      return
    }
  }

  async function forget(path: string): Promise<void> {
    // Either may not be there: what failed may have failed before it.
    await api.ask(`del ssl crt-list ${crtList} ${path}`)
    await api.ask(`del ssl cert ${path}`)
  }

  return defineDeployTarget({ deploy: (certificate, { signal }) => inTurn(signal, () => place(certificate)) })
}

/** HAProxy holds a lock while it works on a command of another process, and refuses what comes in between. */
function whenUnlocked(api: RuntimeApi, clock: ProviderRuntime['clock']): RuntimeApi {
  return {
    async ask(command, payload) {
      for (let tries = 1; ; tries++) {
        const answer = await api.ask(command, payload)
        if (tries >= MOST_TRIES || !/currently locked/i.test(answer)) return answer
        await clock.sleep(BETWEEN_TRIES)
      }
    },
  }
}

/** The certificates that it knows, and the one that a transaction is about. */
async function look(api: RuntimeApi): Promise<{ files: Set<string>; transaction?: string }> {
  const names = (await api.ask('show ssl cert')).split('\n').map((line) => line.trim())
  const transaction = names.find((name) => name.startsWith('*'))?.slice(1)
  const files = new Set(names.filter((name) => !/^[#*]/.test(name)))
  return { files, ...(transaction !== undefined && { transaction }) }
}

/** Whether it has this certificate under this path; one that does not tell is believed. */
async function has(api: RuntimeApi, path: string, pem: string): Promise<boolean> {
  const [, fingerprint] = /^SHA1 FingerPrint: ([\dA-F]+)$/im.exec(await api.ask(`show ssl cert ${path}`)) ?? []
  return fingerprint === undefined || fingerprint.toUpperCase() === new X509Certificate(pem).fingerprint.replaceAll(':', '')
}

async function expectAnswer(api: RuntimeApi, command: string, wanted: RegExp): Promise<void> {
  const answer = await api.ask(command)
  if (!wanted.test(answer)) throw new Error(`HAProxy answers to "${command}": ${told(answer)}`)
}

async function appendTo(path: string, text: string): Promise<void> {
  const handle = await open(path, 'a', 0o644)
  try {
    await handle.appendFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw failure(`${path} cannot be read (${String(codeOf(error))})`, error)
  }
}

/** Keeps the mode that is there; a new file is for its owner alone. */
async function write(path: string, content: string | null): Promise<void> {
  if (content === null) return rm(path, { force: true })
  const there = await stat(path).catch(() => null)
  const owner = there && { owner: { uid: there.uid, gid: there.gid } }
  const mode = there ? there.mode & 0o777 : 0o600
  await replaceFiles(dirname(path), [{ file: basename(path), content, mode, ...owner }])
}

/** The end of an answer in one line, safe for a terminal. */
function told(answer: string): string {
  const line = answer.replace(/\s*\n\s*/g, ' | ').replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
  return `"${line.slice(-300)}"`
}

function failure(why: string, cause?: unknown): DomainctlError {
  return new DomainctlError('DEPLOY_FAILED', `HAProxy: ${why}.`, {
    // What HAProxy says has no code of the system.
    hint:
      codeOf(cause) === undefined
        ? 'See that HAProxy runs with `stats socket … level admin` and `bind … ssl crt-list …` as the target names them; then run: domainctl deploy NAME.'
        : WRITE_HINT,
    cause,
  })
}
