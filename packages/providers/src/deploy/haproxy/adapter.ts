import { open, readFile, rm, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { type Deployed, type DeployedCertificate, type DeployTarget, DomainctlError, defineDeployTarget } from '@domainctl/core'
import { replaceFiles } from '../../file-set/replace-files.ts'
import { codeOf } from '../../file-set/synced-files.ts'
import type { ProviderRuntime } from '../../manifest.ts'
import { folderOf } from '../target-files.ts'
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

/**
 * HAProxy by its files, which count at its next start, and its Runtime API, which counts now: no reload, so that not even an open
 * connection notices. Domains come one after the other.
 */
export function haproxyTarget(options: HaproxyOptions, { clock }: ProviderRuntime): DeployTarget {
  const { crtList, socket, timeoutMs } = options
  const api = runtimeApi(socket, { clock, timeoutMs })
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
    await api.ask('show ssl cert').catch((error: unknown) => {
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
      throw failure(`${error instanceof Error ? error.message : String(error)}; ${back}`, error)
    }
    return { changed: before !== content, undo: ({ signal }) => inTurn(signal, undo) }
  }

  /** At the end and in one piece, so that of two processes at once none loses its line. */
  async function list(path: string, listed: string): Promise<void> {
    const handle = await open(crtList, 'a', 0o644)
    try {
      await handle.appendFile(`${listed === '' || listed.endsWith('\n') ? '' : '\n'}${path}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async function unlist(path: string): Promise<void> {
    const lines = ((await read(crtList)) ?? '').split('\n')
    await write(crtList, lines.filter((line) => line.trim().split(/\s/, 1)[0] !== path).join('\n'))
  }

  /** Has the running HAProxy serve this, whether or not it knows the file. */
  async function use(path: string, pem: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const known = await isKnown(api, path)
      // A file of before that was made known and not listed any more is listed again below.
      if (!known) await expectAnswer(api, `new ssl cert ${path}`, /^New empty certificate store|already exists/i)
      const set = await api.ask(`set ssl cert ${path}`, pem)
      if (/ongoing transaction/i.test(set) && tries < MOST_TRIES) {
        await clock.sleep(BETWEEN_TRIES)
        continue
      }
      if (!/^Transaction (created|updated)/i.test(set)) throw new Error(`HAProxy refuses the certificate: ${told(set)}`)
      const committed = await api.ask(`commit ssl cert ${path}`)
      if (!/Success!$/i.test(committed)) {
        await api.ask(`abort ssl cert ${path}`).catch(() => undefined)
        throw new Error(`HAProxy does not take the certificate: ${told(committed)}`)
      }
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

async function isKnown(api: RuntimeApi, path: string): Promise<boolean> {
  const names = await api.ask('show ssl cert')
  return names.split('\n').some((line) => line.replace(/^\*/, '').trim() === path)
}

async function expectAnswer(api: RuntimeApi, command: string, wanted: RegExp): Promise<void> {
  const answer = await api.ask(command)
  if (!wanted.test(answer)) throw new Error(`HAProxy answers to "${command}": ${told(answer)}`)
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
    hint: 'See that HAProxy runs with `stats socket … level admin` and `bind … ssl crt-list …` as the target names them; then run: domainctl deploy NAME.',
    cause,
  })
}
