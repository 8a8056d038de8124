import { createHash } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Deployed, type DeployedCertificate, type DeployTarget, DomainctlError, defineDeployTarget } from '@domainctl/core'
import { type NewFile, replaceFiles } from '../../file-set/replace-files.ts'
import { codeOf, syncFolder } from '../../file-set/synced-files.ts'
import type { FileOptions } from '../file-options.ts'
import { folderOf, isSame, keyElsewhere, ownerOf, readStanding, refuse } from '../target-files.ts'
import { dynamicFile, HEAD } from './dynamic-file.ts'

/** Options of {@link traefikTarget}, parsed. */
export interface TraefikOptions extends Pick<FileOptions, 'folder' | 'mode' | 'keyMode' | 'owner' | 'group'> {
  file: string
  seenAs?: string | undefined
  entryPoints: readonly string[]
}

/** How much older than the newest file of its folder one has to be to be swept away, in ms: a rollback may want it back. */
const SWEPT_AFTER = 10 * 60_000

/** Certificates and keys have names by what is in them; so has what a killed call has left of them. */
const OURS = /^\.?([\da-f]{32})\.(crt|key)(\.[\da-f]{12}\.(new|old))?$/

/**
 * Traefik by its file provider. It reads all files again whenever one in its folder changes, and takes the path of a file that is
 * not there for a certificate itself: so what the configuration names is there before it and stays after it.
 */
export function traefikTarget(options: TraefikOptions): DeployTarget {
  return defineDeployTarget({
    async deploy(certificate, { signal }) {
      signal.throwIfAborted()
      return place(options, certificate).catch(refuse)
    },
  })
}

async function place(options: TraefikOptions, certificate: DeployedCertificate): Promise<Deployed> {
  const { name, names, upstream, fullchain, privateKey } = certificate
  if (privateKey === undefined) throw keyElsewhere(name, 'Traefik reads it from a file beside the certificate.')
  const folder = folderOf(options, name)
  const path = folderOf({ folder: options.file }, name)
  const owner = await ownerOf(options)
  const own = owner ? { owner } : {}
  const [mode, keyMode] = [Number.parseInt(options.mode, 8), Number.parseInt(options.keyMode, 8)]
  const hash = createHash('sha256').update(fullchain).update(privateKey).digest('hex').slice(0, 32)
  const pair: NewFile[] = [
    { file: `${hash}.key`, content: privateKey, mode: keyMode, ...own },
    { file: `${hash}.crt`, content: fullchain, mode, ...own },
  ]
  const seen = options.seenAs === undefined ? folder : folderOf({ folder: options.seenAs }, name)
  const [keyFile, certFile] = [join(seen, `${hash}.key`), join(seen, `${hash}.crt`)]
  const id = `domainctl-${name.replace(/^\*\./, '_wildcard.')}`
  const { entryPoints } = options
  const content = dynamicFile({ id, names, ...(upstream !== undefined && { upstream }), certFile, keyFile, entryPoints })
  const file: NewFile = { file: basename(path), content, mode, ...own }

  const before = await readStanding(path, basename(path))
  if (before && !Buffer.from(before.content).toString().startsWith(HEAD)) throw notOurs(path)
  const there = await Promise.all(pair.map(async (one) => isSame(one, await readStanding(join(folder, one.file), one.file))))
  const isThere = there.every(Boolean)
  if (isThere && isSame(file, before)) return { changed: false }
  if (!isThere) await replaceFiles(folder, pair)
  // Before the switch, after which nothing may fail any more.
  await sweep(folder, `${hash} ${before?.content}`)
  await replaceFiles(dirname(path), [file])
  return { changed: true, undo: () => putBack(path, before).catch(refuse) }
}

function notOurs(path: string): DomainctlError {
  return new DomainctlError('DEPLOY_FAILED', `${path} is a file of somebody else: domainctl has not written it.`, {
    hint: 'Move it away, or have the target write to files of other names; then run: domainctl deploy NAME.',
  })
}

/** What was put there for it stays until it is swept away: Traefik may be reading it. */
async function putBack(path: string, before: NewFile | null): Promise<void> {
  if (before) await replaceFiles(dirname(path), [before])
  else {
    await rm(path, { force: true })
    await syncFolder(dirname(path))
  }
}

/** Certificates that neither the configuration of before nor the next one names, and that nobody has written just now. */
async function sweep(folder: string, named: string): Promise<void> {
  const files = (await readdir(folder)).filter((file) => OURS.test(file))
  const ages = await Promise.all(files.map(async (file) => ({ file, at: await changedAt(join(folder, file)) })))
  const newest = Math.max(...ages.map(({ at }) => at))
  for (const { file, at } of ages) {
    const [, hash = '', , isLeft] = OURS.exec(file) ?? []
    if ((isLeft || !named.includes(hash)) && newest - at > SWEPT_AFTER) await rm(join(folder, file), { force: true })
  }
}

async function changedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}
