import { join, resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import type { Io } from '../io.ts'
import { readAcmeSh } from './acme-sh.ts'
import { readCertbot } from './certbot.ts'
import { readDehydrated } from './dehydrated.ts'
import { type Folder, openFolder } from './folder.ts'
import { CLIENTS, type Client, type Installation } from './found.ts'
import { readLego } from './lego.ts'

interface Layout {
  /** Where it keeps its things when nobody says otherwise; the first that is there counts. */
  usual(io: Pick<Io, 'env' | 'cwd'>): string[]
  /** Whether a folder looks like one of its. */
  isIt(folder: Folder): Promise<boolean>
  read(folder: Folder): Promise<Installation>
}

const LAYOUTS: Readonly<Record<Client, Layout>> = {
  certbot: {
    usual: () => ['/etc/letsencrypt'],
    isIt: async (folder) => (await folder.kind('renewal')) === 'folder',
    read: readCertbot,
  },
  lego: {
    usual: ({ cwd, env: { LEGO_PATH, HOME } }) => [
      ...(LEGO_PATH ? [resolve(cwd, LEGO_PATH)] : []),
      join(cwd, '.lego'),
      ...(HOME ? [join(HOME, '.lego')] : []),
      '/etc/lego',
    ],
    isIt: async (folder) => (await folder.kind('certificates')) === 'folder',
    read: readLego,
  },
  dehydrated: {
    usual: () => ['/etc/dehydrated', '/usr/local/etc/dehydrated', '/var/lib/dehydrated'],
    isIt: async (folder) => (await folder.kind('certs')) === 'folder' || (await folder.kind('config')) === 'file',
    read: readDehydrated,
  },
  'acme.sh': {
    usual: ({ env: { LE_WORKING_DIR, HOME } }) => [
      ...(LE_WORKING_DIR ? [LE_WORKING_DIR] : []),
      ...(HOME ? [join(HOME, '.acme.sh')] : []),
    ],
    isIt: async (folder) => (await folder.kind('account.conf')) === 'file' || (await folder.kind('acme.sh')) === 'file',
    read: readAcmeSh,
  },
}

/**
 * What a client keeps in a folder. Without a folder the usual ones are looked at; without a client the folder tells which one it is.
 * Changes nothing.
 * @param words `[client] [folder]` as they were typed
 * @throws DomainctlError `USAGE`
 */
export async function findInstallation(words: readonly string[], io: Pick<Io, 'env' | 'cwd'>): Promise<Installation> {
  const [first, second] = words
  const client = CLIENTS.find((known) => known === first?.toLowerCase())
  if (client !== undefined) return read(client, second === undefined ? await usual(client, io) : await openAt(second, io))
  if (second !== undefined) throw unknownClient(first ?? '')
  if (first === undefined) {
    throw new DomainctlError('USAGE', 'Which client to import from is missing.', {
      hint: `Such as: domainctl import ${CLIENTS[0]}`,
    })
  }
  const folder = await openAt(first, io).catch((error) => {
    throw /[/\\.]/.test(first) ? error : unknownClient(first)
  })
  for (const known of CLIENTS) if (await LAYOUTS[known].isIt(folder)) return read(known, folder)
  throw new DomainctlError('USAGE', `${folder.root} is no folder of ${CLIENTS.join(', ')}.`, {
    hint: 'Give the folder that has live/ and renewal/ (certbot), certificates/ (lego), certs/ (dehydrated) or account.conf (acme.sh).',
  })
}

async function read(client: Client, folder: Folder): Promise<Installation> {
  if (await LAYOUTS[client].isIt(folder)) return LAYOUTS[client].read(folder)
  const other = await otherClient(client, folder)
  throw new DomainctlError('USAGE', `${folder.root} is no folder of ${client}.`, {
    hint: other === undefined ? `Give the folder where ${client} keeps its certificates.` : `It looks like one of ${other}.`,
  })
}

async function otherClient(client: Client, folder: Folder): Promise<Client | undefined> {
  for (const other of CLIENTS) if (other !== client && (await LAYOUTS[other].isIt(folder))) return other
  return undefined
}

async function openAt(path: string, { cwd }: Pick<Io, 'cwd'>): Promise<Folder> {
  return openFolder(resolve(cwd, path))
}

async function usual(client: Client, io: Pick<Io, 'env' | 'cwd'>): Promise<Folder> {
  const places = LAYOUTS[client].usual(io)
  for (const place of places) {
    const folder = await openFolder(place).catch((error: DomainctlError) => {
      const isAbsent = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
      if (isAbsent) return null
      throw error
    })
    if (folder) return folder
  }
  throw new DomainctlError('USAGE', `No folder of ${client} is there: ${places.join(', ')}.`, {
    hint: `Give it: domainctl import ${client} DIR`,
  })
}

function unknownClient(word: string): DomainctlError {
  return new DomainctlError('USAGE', `${JSON.stringify(word)} is no client that can be imported from.`, {
    hint: `Such are: ${CLIENTS.join(', ')}.`,
  })
}
