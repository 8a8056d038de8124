import { X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { copyState, DomainctlError, endStateKeyRotation, rotateStateKey, systemRandom } from '@domainctl/core'
import { createCipher } from '../../packages/core/src/store/seal.ts'
import { Disk } from './disk.ts'
import { type Fact, factsIn } from './facts.ts'
import { fileIn, layOut } from './found-folder.ts'
import { type Operation, SHARED_MEMORY } from './operations.ts'
import type { Found } from './power-cuts.ts'
import { inFolder, type Judge } from './replay.ts'
import { openState, type StateFound } from './state-found.ts'

const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/**
 * Opens the state at this path and holds what is in it against the facts.
 * @param o `key`: that is given; `isKeyByHand`: the key file may be cut short as long as nothing was said
 */
export function judgeState(path: string, o: { key?: string; isKeyByHand?: boolean } = {}): Judge {
  return (found) =>
    inFolder(MEMORY, async (folder) => {
      layOut(withoutMeaning(found), folder)
      try {
        return factsOf(await openState(join(folder, path), o.key))
      } catch (error) {
        const isCutShort = error instanceof DomainctlError && error.code === 'STATE_KEY_INVALID'
        if (!o.isKeyByHand || !isCutShort) throw error
        return () => error.message
      }
    })
}

function factsOf({ domains, accounts, events, fingerprints, records }: StateFound): (fact: Fact['fact']) => string | null {
  const missing = (what: string, one: string, all: ReadonlySet<string>) => (all.has(one) ? null : `the ${what} ${one} is lost`)
  return (fact) => {
    if ('domain' in fact) return missing('domain', fact.domain, domains)
    if ('account' in fact) return missing('account', fact.account, accounts)
    if ('event' in fact) return missing('line of the audit', fact.event, events)
    if ('fingerprint' in fact) return missing('certificate', fact.fingerprint, fingerprints)
    if ('record' in fact) return missing('journal of the record', fact.record, records)
    return null
  }
}

/** Copies the state once more, which goes on or finds that all is done, and holds the copy against the facts about its source. */
export function judgeCopy(from: string, to: string): Judge {
  return (found) =>
    inFolder(MEMORY, async (folder) => {
      layOut(withoutMeaning(found), folder)
      if (!fileIn(found, from)) return (fact) => ('copied' in fact ? `the copy ${fact.copied} is lost with its source` : null)
      let isEmpty = false
      const wasWhole = await copyState({ from: `file:${join(folder, from)}`, to: `file:${join(folder, to)}` }).then(
        () => false,
        (error: unknown) => {
          // Of a target that is whole; one that is half-done is gone on with.
          if (error instanceof DomainctlError && error.message.endsWith('is not empty.')) return true
          isEmpty = error instanceof DomainctlError && /^There is no state .* to copy\.$/.test(error.message)
          if (isEmpty) return false
          throw error
        },
      )
      // Nothing may have been said of it then.
      if (isEmpty) return (fact) => `the source is empty: ${JSON.stringify(fact)}`
      const holds = factsOf(await openState(join(folder, to)))
      return (fact) => ('copied' in fact ? (wasWhole ? null : `the copy ${fact.copied} is not whole`) : holds(fact))
    })
}

/**
 * Holds a backup, where there is one, against all that was said before it began, and the state against everything.
 * @param o `key`: of both
 */
export function judgeBackup(operations: readonly Operation[], state: string, backup: string, o: { key: string }): Judge {
  const begun = operations.find((one) => 'path' in one && one.path.startsWith(backup))?.begun ?? 0
  const before = factsIn(operations).filter(({ since }) => since < begun)
  return async (found) => {
    const holds = await judgeState(state, o)(found)
    if (!fileIn(found, backup)) return (fact) => ('backup' in fact ? 'the backup is lost' : holds(fact))
    const kept = await judgeState(backup, o)(found)
    const missing = before.map(({ fact }) => kept(fact)).find((wrong) => wrong !== null)
    if (missing !== undefined) throw new Error(`of the backup: ${missing}`)
    return holds
  }
}

/**
 * Goes on with the change of a state's own key (or changes it once more), and holds what is there then, and the key files as they
 * were found, against the facts.
 */
export function judgeOwnKey(path: string): Judge {
  return (found) =>
    inFolder(MEMORY, async (folder) => {
      layOut(withoutMeaning(found), folder)
      const state = join(folder, path)
      const idOf = (file: string) => keyIdOf(fileIn(found, file))
      await rotateStateKey({ state: `file:${state}` }).catch(unlessNothingThere)
      const holds = factsOf(await openState(state))
      return (fact) => {
        if (!('key' in fact)) return holds(fact)
        if (idOf(`${path}.key`) !== fact.key) return `the key ${fact.key} is lost`
        if (fact.file === undefined) return null
        const old = join(dirname(path), basename(fact.file))
        return idOf(old) === fact.old ? null : `the old key ${fact.old} is lost`
      }
    })
}

/** Some key that nobody has. */
const ANOTHER_KEY = 'a7'.repeat(32)

/**
 * Goes on with the change to the key in the file `next`, to its end: all three steps again, as the guide has them. Where that file is
 * not there nothing may be sealed with what it had, so that the key can be changed to another one.
 * @param o `key`: the old one; absent: that beside the state
 */
export function judgeGivenKey(path: string, next: string, o: { key?: string } = {}): Judge {
  return (found) =>
    inFolder(MEMORY, async (folder) => {
      layOut(withoutMeaning(found), folder)
      const state = `file:${join(folder, path)}`
      const there = fileIn(found, next)
      const newKey = wholeKey(there) ?? ANOTHER_KEY
      const given = o.key === undefined ? {} : { encryptionKey: o.key }
      try {
        await rotateStateKey({ state, ...given, newKey })
        await endStateKeyRotation({ state, encryptionKey: newKey, keep: 'new' })
      } catch (error) {
        // It has ended: only the new one opens the state.
        const isOver = error instanceof DomainctlError && error.code === 'STATE_KEY_WRONG' && there !== null
        if (!isOver) unlessNothingThere(error)
        // Before there was a state, it is made with the key that there was.
        if (!isOver) return factsOf(await openState(join(folder, path), o.key))
      }
      const holds = factsOf(await openState(join(folder, path), newKey))
      return (fact) => {
        if (!('key' in fact)) return holds(fact)
        return keyIdOf(there) === fact.key ? null : `the key ${fact.key} is lost`
      }
    })
}

function unlessNothingThere(error: unknown): void {
  const isNone = error instanceof DomainctlError && /^There is no state /.test(error.message)
  if (!isNone) throw error
}

/** Null also for one that somebody's editor has not yet written out. */
function wholeKey(file: Buffer | null): string | null {
  const text = file?.toString('utf8').trim() ?? ''
  return /^[\da-f]{64}$/.test(text) ? text : null
}

function keyIdOf(file: Buffer | null): string | null {
  const key = wholeKey(file)
  return key === null ? null : createCipher(Buffer.from(key, 'hex'), systemRandom()).keyId
}

/** Whatever is in the shared memory after a power cut has to do no harm. */
function withoutMeaning(found: ReadonlyMap<string, Found>): ReadonlyMap<string, Found> {
  return new Map(
    [...found].map(([name, entry]) => {
      if (entry instanceof Map) return [name, withoutMeaning(entry)]
      return [name, SHARED_MEMORY.test(name) ? Buffer.alloc(32_768, 0xa5) : entry]
    }),
  )
}

/** Whole files, by the folder that they were made in, then by name. */
type Sets = ReadonlyMap<string, ReadonlyMap<string, Buffer>>

/**
 * Looks at the files that were exported into a folder: each one that is there is whole, and all are of one set.
 * @param o `isPlain`: each of them may be of another set
 */
export function judgeFiles(
  operations: readonly Operation[],
  folder: string,
  o: { files: readonly string[]; isPlain?: boolean },
): Judge {
  const sets = setsIn(operations, o.files)
  const order = [...sets.keys()]
  return async (found) => {
    const there = o.files.flatMap((file) => {
      const bytes = fileIn(found, join(folder, file))
      return bytes ? [{ file, bytes }] : []
    })
    const fitting = order.filter((set) => there.every(({ file, bytes }) => sets.get(set)?.get(file)?.equals(bytes)))
    if (o.isPlain) {
      const odd = there.find(({ file, bytes }) => !order.some((set) => sets.get(set)?.get(file)?.equals(bytes)))
      if (odd) throw new Error(`${odd.file} is not whole: ${odd.bytes.length} bytes`)
    } else if (fitting.length === 0)
      throw new Error(`${there.map(({ file, bytes }) => `${file} (${bytes.length} bytes)`).join(', ')} are no set`)
    return (fact: Fact['fact']) => {
      if (!('files' in fact) || !fact.files.every((file) => dirname(file).endsWith(`/${folder}`))) return null
      const missing = fact.files.find((file) => !there.some((one) => one.file === basename(file)))
      if (missing !== undefined) return `${missing} is not there`
      const least = order.findIndex((set) => fingerprintOf(sets.get(set)?.get('cert.pem')) === fact.exported)
      const isNewEnough = there.every(({ file, bytes }) =>
        order.slice(least).some((set) => sets.get(set)?.get(file)?.equals(bytes)),
      )
      return least >= 0 && isNewEnough ? null : `an export before that of ${fact.exported} is there`
    }
  }
}

function fingerprintOf(certificate: Buffer | undefined): string | null {
  return certificate ? new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase() : null
}

/** All sets that a run wrote, the earliest first; a set is what was made in one folder with one suffix. */
function setsIn(operations: readonly Operation[], files: readonly string[]): Sets {
  const disk = new Disk('posix')
  const written = new Map<number, Buffer[]>()
  for (const operation of operations) {
    disk.apply(operation)
    if (operation.kind !== 'write') continue
    const inode = disk.find(operation.path)
    if (inode) written.set(inode.number, [...(written.get(inode.number) ?? []), operation.data])
  }
  const sets = new Map<string, Map<string, Buffer>>()
  for (const { madeAt, number, kind } of disk.inodes) {
    if (kind !== 'file') continue
    const [, plain = basename(madeAt), suffix = ''] = /^\.(.+)\.([\da-f]{12})\.new$/.exec(basename(madeAt)) ?? []
    if (!files.includes(plain)) continue
    const set = `${dirname(madeAt)} ${suffix}`
    sets.set(set, (sets.get(set) ?? new Map()).set(plain, Buffer.concat(written.get(number) ?? [])))
  }
  return sets
}
