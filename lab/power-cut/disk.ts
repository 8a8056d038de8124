import { dirname, join, normalize } from 'node:path'
import type { Operation } from './operations.ts'

/**
 * What a disk promises.
 *
 * `posix`: no more than fsync(2) says. A file's sync keeps its bytes and its size, not its name; a folder's sync keeps the names in
 * it; all else is kept or lost each on its own, in any order. A rename within one folder is one change.
 *
 * `journaled`: as ext4 in its default mode. What changes names is kept in its order, up to some point, and any sync keeps all that
 * was changed before; bytes that were not synced are kept or lost in any order.
 */
export type DiskModel = 'posix' | 'journaled'

/** A file, a folder or a link, whatever its names are. */
export interface Inode {
  readonly number: number
  readonly kind: 'file' | 'folder' | 'link'
  /** Of a link. */
  readonly target: string
  /** What is surely on the disk. */
  bytes: Buffer
  readonly names: Map<string, Inode>
  /** How often that has changed. */
  version: number
  /** What programs see. */
  liveSize: number
  readonly liveNames: Map<string, Inode>
  /** Where it was made. */
  readonly madeAt: string
}

/** What a power cut may take away again. */
export type Change = { readonly inode: Inode; readonly order: number; readonly ended: number } & (
  | { readonly kind: 'bytes'; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'size'; readonly size: number }
  | { readonly kind: 'names'; readonly set: readonly (readonly [string, Inode | null])[] }
)

type Unordered<C> = C extends Change ? Omit<C, 'order'> : never

/** A disk at some moment of a run: what is surely on it, and what may be. */
export class Disk {
  readonly model: DiskModel
  readonly root: Inode
  /** In the order in which it was done. */
  pending: Change[] = []
  /** All that there ever was. */
  readonly inodes: Inode[] = []
  readonly #ends = new Map<Inode, number>()
  #order = 0

  constructor(model: DiskModel) {
    this.model = model
    this.root = this.#make('folder', '')
  }

  /** Does it. What tells others something changes no disk. */
  apply(operation: Operation): void {
    const { ended } = operation
    switch (operation.kind) {
      case 'open': {
        const known = this.find(operation.path)
        if (!known) {
          if (operation.makes) this.#name(operation.path, this.#make('file', operation.path), ended)
          return
        }
        this.#ends.delete(known)
        if (operation.empties) this.#resize(known, 0, ended)
        return
      }
      case 'write':
        this.#write(this.#there(operation.path), operation.at, operation.data, ended)
        return
      case 'truncate':
        this.#resize(this.#there(operation.path), operation.size, ended)
        return
      case 'sync':
        this.#sync(this.#there(operation.path), operation.begun)
        return
      case 'rename':
        this.#rename(operation.from, operation.to, ended)
        return
      case 'link':
        this.#name(operation.to, this.#there(operation.from), ended)
        return
      case 'symlink':
        this.#name(operation.path, this.#make('link', operation.path, operation.target), ended)
        return
      case 'mkdir':
        this.#name(operation.path, this.#make('folder', operation.path), ended)
        return
      case 'remove':
        this.#change({ kind: 'names', ...this.#place(operation.path, null), ended })
    }
  }

  /** What a path leads to, behind the links on its way but not behind one at its end. */
  find(path: string): Inode | null {
    if (path === '' || path === '.') return this.root
    const folder = this.#folder(dirname(path))
    return folder?.liveNames.get(path.slice(path.lastIndexOf('/') + 1)) ?? null
  }

  #folder(path: string): Inode | null {
    const found = this.find(path)
    if (found?.kind !== 'link') return found
    return this.#folder(normalize(join(dirname(path), found.target)))
  }

  #there(path: string): Inode {
    const inode = this.find(path)
    if (!inode) throw new Error(`the log speaks of ${path}, which was never made`)
    return inode
  }

  #make(kind: Inode['kind'], madeAt: string, target = ''): Inode {
    const inode: Inode = {
      ...{ number: this.inodes.length, kind, target, madeAt, version: 0 },
      ...{ bytes: Buffer.alloc(0), liveSize: 0, names: new Map(), liveNames: new Map() },
    }
    this.inodes.push(inode)
    return inode
  }

  #place(path: string, inode: Inode | null): { inode: Inode; set: [string, Inode | null][] } {
    const folder = this.#folder(dirname(path))
    if (!folder) throw new Error(`the log speaks of ${path}, whose folder was never made`)
    return { inode: folder, set: [[path.slice(path.lastIndexOf('/') + 1), inode]] }
  }

  #name(path: string, inode: Inode, ended: number): void {
    this.#change({ kind: 'names', ...this.#place(path, inode), ended })
  }

  #rename(from: string, to: string, ended: number): void {
    const inode = this.#there(from)
    const added = this.#place(to, inode)
    const removed = this.#place(from, null)
    if (added.inode === removed.inode) {
      this.#change({ kind: 'names', inode: added.inode, set: [...removed.set, ...added.set], ended })
    } else {
      // Between two folders a disk that promises nothing may lose one half.
      this.#change({ kind: 'names', ...added, ended })
      this.#change({ kind: 'names', ...removed, ended })
    }
  }

  #write(inode: Inode, at: number | null, data: Buffer, ended: number): void {
    const start = at ?? this.#ends.get(inode) ?? 0
    if (at === null) this.#ends.set(inode, start + data.length)
    this.#change({ kind: 'bytes', inode, at: start, data, ended })
  }

  #resize(inode: Inode, size: number, ended: number): void {
    if (inode.liveSize !== size) this.#change({ kind: 'size', inode, size, ended })
  }

  #change(change: Unordered<Change>): void {
    const { inode } = change
    if (change.kind === 'names') setNames(inode.liveNames, change.set)
    else inode.liveSize = change.kind === 'size' ? change.size : Math.max(inode.liveSize, change.at + change.data.length)
    this.pending.push({ ...change, order: this.#order++ })
  }

  /** Only what had ended when the sync began is sure to be in it. */
  #sync(inode: Inode, begun: number): void {
    const isKept = (change: Change) =>
      change.ended < begun && (change.inode === inode || (this.model === 'journaled' && change.kind === 'names'))
    for (const change of this.pending.filter(isKept)) {
      change.inode.version += 1
      if (change.kind === 'names') setNames(change.inode.names, change.set)
      else change.inode.bytes = changed(change.inode.bytes, change, { inPlace: true })
    }
    this.pending = this.pending.filter((change) => !isKept(change))
  }
}

export function setNames(names: Map<string, Inode>, set: readonly (readonly [string, Inode | null])[]): void {
  for (const [name, inode] of set) {
    if (inode) names.set(name, inode)
    else names.delete(name)
  }
}

/** Bytes after a change; what lies between the end of before and what is written is 0. `inPlace`: those before may go. */
export function changed(
  bytes: Buffer,
  change: { kind: 'bytes'; at: number; data: Uint8Array } | { kind: 'size'; size: number },
  o: { inPlace?: boolean } = {},
): Buffer {
  const size = change.kind === 'size' ? change.size : Math.max(bytes.length, change.at + change.data.length)
  const after = o.inPlace && size === bytes.length ? bytes : Buffer.alloc(size)
  if (after !== bytes) bytes.copy(after)
  if (change.kind === 'bytes') after.set(change.data, change.at)
  return after
}
