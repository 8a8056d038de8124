import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import type { Context } from '../context.ts'
import type { CheckupLine } from './checkup-line.ts'

// What `doctor` looks at on this machine: the disk of the state, the resolvers, and where targets write.

/** A commit that finds no room is a certificate that is not kept. */
const ROOM = { warnOctets: 200 * 2 ** 20, failOctets: 20 * 2 ** 20 }

/** Whether a state in a file can be written, and has room to grow. */
export async function diskLines({ config }: Pick<Context, 'config'>): Promise<CheckupLine[]> {
  const path = /^file:(.+)$/.exec(config.settings.state)?.[1]
  if (path === undefined) return []
  const of = `file:${path}`
  const refused = unwritable(path) ?? (existsSync(path) ? unwritable(dirname(path)) : undefined)
  if (refused !== undefined) {
    const fix = 'Run domainctl as the user whose state it is, or give that user the folder.'
    const error = new DomainctlError('STATE_READ_ONLY', `${refused} cannot be written.`, { hint: fix })
    return [{ what: 'state', of, status: 'fail', explanation: error.message, fix, error }]
  }
  const { bavail, bsize } = statfsSync(nearestThere(path))
  const free = bavail * bsize
  if (free >= ROOM.warnOctets) return []
  const explanation = `${Math.floor(free / 2 ** 20)} MiB are left on its disk`
  const fix = 'Make room: what cannot be written is not done.'
  if (free >= ROOM.failOctets) return [{ what: 'state', of, status: 'warn', explanation, fix }]
  const error = new DomainctlError('STATE_FULL', `${explanation}.`, { hint: fix })
  return [{ what: 'state', of, status: 'fail', explanation, fix, error }]
}

/** Whether each resolver that finds names answers at all; those over HTTPS are asked with the first name. */
export async function resolverLines({ config, io }: Pick<Context, 'config' | 'io'>): Promise<CheckupLine[]> {
  const named = config.settings.resolver
  // Loaded here, since it would cost every other command 2 ms.
  const { getServers } = await import('node:dns')
  const servers = (named ?? getServers()).filter((server) => !server.startsWith('https:'))
  const asked = await Promise.all(servers.map(async (server) => ({ server, failure: await silenceOf(server) })))
  io.signal.throwIfAborted()
  const from = named === undefined ? 'of this machine' : `of ${config.origins.resolver.source}`
  const silent = asked.filter(({ failure }) => failure !== undefined)
  return asked.map(({ server, failure }): CheckupLine => {
    if (failure === undefined) return { what: 'resolver', of: server, status: 'ok', explanation: `answers (${from})` }
    const explanation = `does not answer (${from}): ${failure}`
    const fix = 'Name one that does with --resolver (DOMAINCTL_RESOLVER, resolver), or let this machine reach it at port 53.'
    if (silent.length < asked.length) return { what: 'resolver', of: server, status: 'warn', explanation, fix }
    const error = new DomainctlError('DNS_UNREACHABLE', `The resolver ${server} ${explanation}.`, { hint: fix })
    return { what: 'resolver', of: server, status: 'fail', explanation, fix, error }
  })
}

/** Why nothing came of a question; any answer, also one that refuses, is an answer. */
async function silenceOf(server: string): Promise<string | undefined> {
  const { Resolver } = await import('node:dns/promises')
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  try {
    resolver.setServers([server])
    await resolver.resolveNs('.')
    return undefined
  } catch (failure) {
    const code = failure instanceof Error && 'code' in failure ? String(failure.code) : String(failure)
    return ['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED', 'ERR_INVALID_IP_ADDRESS'].includes(code) ? code : undefined
  }
}

/** Whether each target's folder can be written, and its command is there. */
export function targetLines({ config }: Pick<Context, 'config'>): CheckupLine[] {
  return [...config.targets.values()].map(({ name, type, describe }): CheckupLine => {
    const values = new Map(describe().map(({ option, value }) => [option, value]))
    const folder = values.get('folder')
    const [program] = [values.get('command')].flat()
    const at = typeof folder === 'string' ? (folder.split('{name}', 1)[0] ?? folder) : undefined
    const refused = at === undefined ? undefined : unwritable(at)
    if (refused !== undefined) {
      const fix = 'Give the user that domainctl runs as the right to write there.'
      const error = new DomainctlError('DEPLOY_FAILED', `${refused} cannot be written.`, { hint: fix })
      return { what: 'target', of: name, status: 'fail', explanation: `${type}: ${error.message}`, fix, error }
    }
    if (typeof program === 'string' && program.startsWith('/') && !isAllowed(program, constants.X_OK)) {
      const fix = 'Correct its path or its rights.'
      const error = new DomainctlError('DEPLOY_FAILED', `${program} cannot be run.`, { hint: fix })
      return { what: 'target', of: name, status: 'fail', explanation: `${type}: ${error.message}`, fix, error }
    }
    const explanation = at === undefined ? `${type}, set up` : `${type}, can write to ${at}`
    return { what: 'target', of: name, status: 'ok', explanation }
  })
}

/** What of a path cannot be written: itself, or the nearest folder in which it would be made. */
function unwritable(path: string): string | undefined {
  const there = nearestThere(path)
  if ((there !== resolve(path) || path.endsWith('/')) && !statSync(there).isDirectory()) return there
  return isAllowed(there, constants.W_OK) ? undefined : there
}

function nearestThere(path: string): string {
  // Without a slash at its end, behind which a file would count as not there.
  let there = resolve(path)
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  return there
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
