import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'

/** The magic number of the file system that holds a path (`f_type` of statfs(2)). Throws where the path is not there. */
export type FileSystemOf = (path: string) => number

/** Behind the path of a state: it lies on a network file system, and whoever says so makes sure of its locks himself. */
const ALLOWED = '?network=allow'

/**
 * Of a network: locks and the memory that WAL shares hold on one machine alone (https://www.sqlite.org/wal.html, "All processes
 * using a database must be on the same host computer"). Two machines that write would destroy the state, and none would be told.
 * Numbers from linux/magic.h and statfs(2), and where they are not there from the file system's own sources.
 */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x564c, 'NCP'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x19830326, 'BeeGFS'],
  [0xaad7aaea, 'PanFS'],
  [0x20030528, 'OrangeFS'],
  [0xbacbacbc, 'VMHGFS'],
])

/**
 * Of a network as often as not: containers and virtual machines have the folders of their host on these (virtiofs and 9p are the
 * only disk that gVisor, WSL and Docker Desktop offer), where one machine alone uses them and locks hold; sshfs is FUSE as well.
 */
const DOUBTFUL: ReadonlyMap<number, string> = new Map([
  [0x65735546, 'FUSE'],
  [0x01021997, '9p'],
  [0x786f4256, 'the shared folders of VirtualBox'],
])

const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // btrfs
  0x2fc12fc1, // ZFS
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0x61756673, // aufs
  0xf2f52010, // F2FS
  0x3153464a, // JFS
  0x52654973, // ReiserFS
  0x3434, // NILFS
  0x4d44, // FAT
  0x2011bab0, // exFAT
  0x5346544e, // NTFS
  0x7366746e, // NTFS3
  0xf15f, // eCryptfs
  0x73717368, // squashfs
  0xe0f5e1e2, // EROFS
  0x9660, // ISO 9660
  0x24051905, // UBIFS
])

/** The path of a state without what stands behind it. */
export function readStatePath(path: string): { path: string; allowsNetwork: boolean } {
  const allowsNetwork = path.endsWith(ALLOWED)
  return { path: allowsNetwork ? path.slice(0, -ALLOWED.length) : path, allowsNetwork }
}

/**
 * Looks at what file system the state at `path` lies on, or would be made on. One that several machines share is refused to those
 * who may write; to those who only look, and where nobody knows, it is told. What other systems than Linux say of theirs is not
 * known: their numbers mean another thing at every start (macOS), or nothing (Windows).
 * @throws DomainctlError `STATE_UNREADABLE`
 */
export function checkFileSystem(
  path: string,
  o: { allowsNetwork?: boolean; readOnly?: boolean; logger?: Logger; fileSystemOf?: FileSystemOf; platform?: NodeJS.Platform },
): void {
  if ((o.platform ?? process.platform) !== 'linux') return
  const type = numberOf(path, o.fileSystemOf ?? ((place) => statfsSync(place).type))
  if (type === null || LOCAL.has(type)) return
  const network = NETWORK.get(type)
  if (network !== undefined && !o.allowsNetwork && !o.readOnly) throw networkState(path, network)
  if (o.allowsNetwork) return
  const kind = network ?? DOUBTFUL.get(type) ?? `of an unknown kind (0x${type.toString(16)})`
  o.logger?.log(
    'warn',
    `The state ${path} is on a file system (${kind}) that may not keep the locks of several machines apart.`,
    {
      state: path,
      fileSystem: kind,
    },
  )
}

/** Of the path, or of the nearest folder above it that is there; null where nothing can be seen: opening it will say why. */
function numberOf(path: string, fileSystemOf: FileSystemOf): number | null {
  for (let place = path; ; place = dirname(place)) {
    try {
      // Where `long` has 32 bits, those above 2^31 come out negative.
      return fileSystemOf(place) >>> 0
    } catch {
      if (dirname(place) === place) return null
    }
  }
}

function networkState(path: string, kind: string): DomainctlError {
  return new DomainctlError(
    'STATE_UNREADABLE',
    `The state ${path} is on a network file system (${kind}), which does not keep apart what several machines write to it; nothing was changed.`,
    {
      hint: `Keep it on a local disk, or for several machines in PostgreSQL (docs/guide/state.md). Where one machine alone uses it and its locks are known to hold: file:${path}${ALLOWED}.`,
    },
  )
}
