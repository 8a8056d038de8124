import type { Chances } from '../../lifecycle/seeded.ts'
import { type Change, changed, type Disk, type Inode, setNames } from './disk.ts'

/**
 * What becomes of a change that was not synced: `lost` and `zeros` (the file has grown, its bytes never came) as it says, or so
 * many sectors of it are kept from its beginning.
 */
export type Fate = 'kept' | 'lost' | 'zeros' | { readonly sectors: number }

/** What becomes of each pending change. */
export type PowerCut = readonly Fate[]

const SECTOR = 512

/** A folder as it is found after a power cut: the bytes of a file, a link, or a folder. */
export type Found = Buffer | { readonly target: string } | ReadonlyMap<string, Found>

/**
 * Ways in which a power cut may come now, no more than `most`, each another one: nothing kept and everything kept first, then one
 * lost, one alone kept, the last torn, and subsets by chance.
 */
export function powerCuts(disk: Disk, most: number, chances: Chances): PowerCut[] {
  const { pending } = disk
  const ways = [
    () => pending.map((): Fate => 'lost'),
    () => pending.map((): Fate => 'kept'),
    () => pending.map((change, at): Fate => (at === pending.length - 1 ? torn(change, chances) : 'kept')),
    () => allBut('kept', 'lost', pending, chances),
    () => allBut('lost', 'kept', pending, chances),
    () => pending.map((change): Fate => chances.oneOf(['kept', 'kept', 'lost', 'zeros', torn(change, chances)] as const)),
  ]
  const cuts = new Map<string, PowerCut>()
  for (let time = 0; cuts.size < most && time < 2 * most; time++) {
    const way = ways[time < ways.length ? time : 2 + (time % (ways.length - 2))]
    const cut = allowed(disk, way?.() ?? [], chances)
    cuts.set(JSON.stringify(cut), cut)
  }
  return [...cuts.values()]
}

function allBut(others: Fate, one: Fate, pending: readonly Change[], chances: Chances): PowerCut {
  const which = chances.between(0, Math.max(pending.length - 1, 0))
  return pending.map((_, at) => (at === which ? one : others))
}

function torn(change: Change, chances: Chances): Fate {
  if (change.kind !== 'bytes') return 'kept'
  const sectors = Math.floor((change.at + change.data.length - 1) / SECTOR) - Math.floor(change.at / SECTOR)
  return sectors === 0 ? 'lost' : { sectors: chances.between(1, sectors) }
}

/** Names are kept or lost as a whole; where there is a journal, those that are kept come before those that are lost. */
function allowed({ model, pending }: Disk, cut: PowerCut, chances: Chances): PowerCut {
  const whole = cut.map((fate, at): Fate => (pending[at]?.kind === 'bytes' || fate === 'kept' ? fate : 'lost'))
  if (model === 'posix') return whole
  const names = pending.flatMap((change, at) => (change.kind === 'names' ? [at] : []))
  const lost = names.filter((at) => whole[at] === 'lost').length
  const last = lost === 0 || lost === names.length ? names.length - lost : chances.between(0, names.length)
  return whole.map((fate, at) => (names.includes(at) ? (names.indexOf(at) < last ? 'kept' : 'lost') : fate))
}

/** Tells what the disk would hold; the same text means the same. */
export function keyOf({ inodes, pending }: Disk, cut: PowerCut): string {
  const kept = pending.flatMap(({ order }, at) => (cut[at] === 'lost' ? [] : [[order, cut[at]]]))
  return JSON.stringify([inodes.map(({ version }) => version), kept])
}

/** What is found after the power cut. */
export function foundAfter({ root, pending }: Disk, cut: PowerCut): ReadonlyMap<string, Found> {
  const bytes = new Map<Inode, Buffer>()
  const names = new Map<Inode, Map<string, Inode>>()
  for (const [at, change] of pending.entries()) {
    const fate = cut[at] ?? 'lost'
    if (fate === 'lost') continue
    const { inode } = change
    if (change.kind === 'names') {
      const own = names.get(inode) ?? new Map(inode.names)
      setNames(own, change.set)
      names.set(inode, own)
    } else {
      const before = bytes.get(inode) ?? Buffer.from(inode.bytes)
      bytes.set(inode, changed(before, partOf(change, fate, before.length), { inPlace: true }))
    }
  }
  const found = (inode: Inode): Found => {
    if (inode.kind === 'link') return { target: inode.target }
    if (inode.kind === 'file') return bytes.get(inode) ?? inode.bytes
    return folder(inode)
  }
  const folder = (inode: Inode) =>
    new Map([...(names.get(inode) ?? inode.names)].map(([name, entry]) => [name, found(entry)] as const))
  return folder(root)
}

function partOf(change: Exclude<Change, { kind: 'names' }>, fate: Fate, size: number): Exclude<Change, { kind: 'names' }> {
  if (change.kind === 'size' || fate === 'kept') return change
  const { at, data } = change
  if (typeof fate === 'string') return { ...change, kind: 'size', size: Math.max(size, at + data.length) }
  return { ...change, data: data.subarray(0, Math.min(data.length, (Math.floor(at / SECTOR) + fate.sectors) * SECTOR - at)) }
}
