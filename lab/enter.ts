import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { LabError } from './servers/daemon.ts'

const firstAddress = 2
const lastAddress = 60

/**
 * Arguments for `unshare` that give a network namespace of one's own: directly as root, else in a user namespace
 * (where the kernel lets ordinary users make one). `null` when neither works on this machine.
 */
export function namespaceArguments(): readonly string[] | null {
  for (const args of [['-n'], ['-Urn']])
    if (spawnSync('unshare', [...args, 'true'], { stdio: 'ignore' }).status === 0) return args
  return null
}

/**
 * The command line that runs `command` in a namespace in which `lo` is up and bears 127.0.0.2 to 127.0.0.60. There is
 * nothing else in it, so no test can reach the network. The command ends with the process that started it.
 */
export function enterLab(namespace: readonly string[], command: readonly string[]): readonly [string, ...string[]] {
  const addresses = Array.from({ length: lastAddress - firstAddress + 1 }, (_, index) => `127.0.0.${index + firstAddress}`)
  const batch = ['link set lo up', ...addresses.map((address) => `addr add ${address}/8 dev lo`), ''].join('\n')
  const script = 'printf %s "$1" | ip -batch - && shift && exec "$@"'
  // setpriv comes after unshare: entering a user namespace clears what it sets.
  return ['unshare', ...namespace, 'setpriv', '--pdeathsig', 'KILL', 'sh', '-c', script, 'lab', batch, ...command]
}

/**
 * Throws LabError unless this process is in such a namespace and no other lab runs in it: name servers set
 * SO_REUSEPORT, so two labs would silently share the queries at port 53.
 */
export async function requireNamespace(addresses: readonly string[]): Promise<void> {
  const borne = new Set((networkInterfaces().lo ?? []).map(({ address }) => address))
  if (!addresses.every((address) => borne.has(address)))
    throw new LabError('this is not the namespace of a lab: use "npm run test:lab" or "npm run lab -- COMMAND"')
  for (const address of addresses) {
    const listener = createServer()
    try {
      await once(listener.listen(53, address), 'listening')
    } catch (cause) {
      throw new LabError(`port 53 of ${address} is taken: one lab at a time runs in a namespace`, { cause })
    } finally {
      listener.close()
    }
  }
}
