import { type Folder, openKeyWarnings, readPair } from './folder.ts'
import type { FoundAccount, FoundCertificate, Installation, Unusable } from './found.ts'

/** lego: `certificates/NAME.{crt,key,json}`, and nothing of how they were got. */
export async function readLego(folder: Folder): Promise<Installation> {
  const accounts = await readAccounts(folder)
  const names = (await folder.names('certificates')).filter((name) => name.endsWith('.crt') && !name.endsWith('.issuer.crt'))
  const certificates: Installation['certificates'] = []
  for (const name of names) certificates.push(await readOne(folder, name.slice(0, -'.crt'.length), accounts))
  return {
    client: 'lego',
    folder: folder.root,
    accounts,
    certificates,
    leftBehind: [
      {
        what: 'the arguments of lego (--dns, --http, --renew-hook, …)',
        instead: 'lego keeps no note of them: choose --provider or --challenge here, and targets for its hooks.',
      },
    ],
    switchOff: ['crontab -l    # and take the line with lego renew away, or its systemd timer'],
    switchOn: ['crontab -e    # put the line back'],
  }
}

async function readOne(folder: Folder, label: string, accounts: readonly FoundAccount[]): Promise<FoundCertificate | Unusable> {
  const at = (ending: string) => ['certificates', `${label}${ending}`]
  const place = folder.path(...at('.crt'))
  try {
    const { host, domain } = readResource((await folder.text(...at('.json'))) ?? '')
    const [account, ...others] = accounts.filter(({ ca }) => host !== undefined && 'host' in ca && ca.host === host)
    return {
      label,
      place,
      ...(domain !== undefined && { primary: domain }),
      ...(host !== undefined && { ca: { host } }),
      // Which of several got it is kept nowhere.
      ...(account && others.length === 0 && { account: account.id }),
      leftBehind: [],
      warnings: await openKeyWarnings(folder, ...at('.key')),
      read: async () => {
        const pair = await readPair(folder, { chain: at('.crt'), key: at('.key') })
        // With --no-bundle the leaf stands alone.
        const isAlone = pair.chain.split('-----BEGIN CERTIFICATE-----').length === 2
        return isAlone ? { ...pair, chain: `${pair.chain}\n${(await folder.text(...at('.issuer.crt'))) ?? ''}` } : pair
      },
    }
  } catch (error) {
    return { label, place, why: error instanceof Error ? error.message : String(error) }
  }
}

/** What lego notes of a certificate: its first name and its URL, whose host is the CA's. */
export function readResource(text: string): { host?: string; domain?: string } {
  try {
    const { certUrl, domain } = JSON.parse(text) as { certUrl?: unknown; domain?: unknown }
    const host = typeof certUrl === 'string' ? URL.parse(certUrl)?.host : undefined
    return { ...(host && { host }), ...(typeof domain === 'string' && { domain }) }
  } catch {
    return {}
  }
}

/** `accounts/HOST/EMAIL/keys/EMAIL.key`; of a port, lego writes the colon as `_`. */
async function readAccounts(folder: Folder): Promise<FoundAccount[]> {
  const found: FoundAccount[] = []
  for (const server of await folder.names('accounts')) {
    for (const email of await folder.names('accounts', server)) {
      const keys = await folder.names('accounts', server, email, 'keys')
      for (const file of keys.filter((name) => name.endsWith('.key'))) {
        const parts = ['accounts', server, email, 'keys', file]
        const place = folder.path(...parts)
        const ca = { host: server.replace(/_(\d+)$/, ':$1') }
        found.push({ id: `${server}/${email}`, ca, place, readKey: async () => (await folder.text(...parts)) ?? '' })
      }
    }
  }
  return found
}
