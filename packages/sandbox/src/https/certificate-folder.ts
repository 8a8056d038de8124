import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readServedCertificate, type ServedCertificate } from './served-certificate.ts'
import type { ServedNames } from './served-names.ts'

/** What was seen of the two files in one folder the last time, and the last good certificate from them. */
interface Pair {
  seen: string
  served?: ServedCertificate
}

const FILES = ['fullchain.pem', 'privkey.pem'] as const

/** More than any chain or key takes. */
const MAX_BYTES = 1_000_000n

/** Each costs two looks at the file system while a client waits: some ten milliseconds for all of these. */
export const MOST_SUBFOLDERS = 1000

/**
 * Serves the certificates in a folder and its direct subfolders, of which the first {@link MOST_SUBFOLDERS} in the order of
 * their names are looked at. `refresh` takes in what has changed since the last time; it asks the file system without
 * waiting for other work, so that a handshake sees all that was written before it. A pair that is half written or does not
 * fit changes nothing; one whose files are both gone is served no more.
 */
export function createCertificateFolder(folder: string, names: ServedNames): { refresh(): void } {
  const pairs = new Map<string, Pair>()

  function take(place: string, files: readonly (BigIntStats | undefined)[]): void {
    const known = pairs.get(place)
    const seen = files.map(stamp).join()
    if (known?.seen === seen) return
    const pair: Pair = { ...known, seen }
    pairs.set(place, pair)
    const served = files.every(isReadable) ? read(place) : undefined
    if (served === undefined) return
    if (pair.served) names.remove(place, pair.served)
    names.add(place, served)
    pair.served = served
  }

  function forget(place: string, { served }: Pair): void {
    if (served) names.remove(place, served)
    pairs.delete(place)
  }

  return {
    refresh() {
      const found = new Map<string, readonly (BigIntStats | undefined)[]>()
      for (const place of [folder, ...subfolders(folder)]) {
        const files = FILES.map((file) => statOf(join(place, file)))
        if (files.some((file) => file !== undefined)) found.set(place, files)
      }
      for (const [place, pair] of pairs) if (!found.has(place)) forget(place, pair)
      // Of several for one name, the one that was written last is served.
      for (const [place, files] of [...found].sort((a, b) => compare(written(a[1]), written(b[1])))) take(place, files)
    },
  }
}

function subfolders(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    // A folder may be put in place by a symbolic link. What domainctl hides there are sets that were, or are not yet, in place.
    const names = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name)
    return names
      .filter((name) => !name.startsWith('.domainctl-'))
      .sort()
      .slice(0, MOST_SUBFOLDERS)
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    // That most subfolders have no such file is no error, which would cost as much as the look itself.
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** A change of rights shows in ctime, a file put in the place of another in its inode. */
function stamp(file: BigIntStats | undefined): string {
  return file ? `${file.mtimeNs} ${file.ctimeNs} ${file.size} ${file.ino}` : ''
}

/** Reading a pipe or a device would wait for ever. */
function isReadable(file: BigIntStats | undefined): boolean {
  return file?.isFile() === true && file.size <= MAX_BYTES
}

function read(place: string): ServedCertificate | undefined {
  try {
    const [fullchain, privateKey] = [join(place, FILES[0]), join(place, FILES[1])].map((path) => readFileSync(path, 'utf8'))
    return readServedCertificate({ fullchain: fullchain ?? '', privateKey: privateKey ?? '' })
  } catch {
    return undefined
  }
}

function written(files: readonly (BigIntStats | undefined)[]): bigint {
  return files.reduce((latest, file) => (file && file.mtimeNs > latest ? file.mtimeNs : latest), 0n)
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b)
}
