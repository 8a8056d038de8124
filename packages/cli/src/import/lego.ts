import { type Folder, openKeyWarnings, readPair } from './folder.ts'
import type { FoundAccount, FoundCertificate, Installation, Unusable } from './found.ts'

/** lego: `certificates/NAME.{crt,key,json}`, and next to nothing of how they were got. */
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
    const { host, domain, ...noted } = readResource((await folder.text(...at('.json'))) ?? '')
    const [account, ...others] = accounts.filter(({ ca }) => host !== undefined && hostOf(ca) === host)
    return {
      label,
      place,
      ...(domain !== undefined && { primary: domain }),
      ...(host !== undefined && { ca: account?.ca ?? { host } }),
      // Which of several got it is kept nowhere.
      ...(account && others.length === 0 && { account: account.id }),
      ...noted,
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

type Noted = Pick<FoundCertificate, 'preferredChain' | 'profile'> & { host?: string; domain?: string }

/** What lego notes of a certificate: its first name and its URL, whose host is the CA's; since version 5 the chain and profile, too. */
export function readResource(text: string): Noted {
  const { certUrl, domain, domains, preferredChain, profile } = fieldsOf(text)
  const host = typeof certUrl === 'string' ? URL.parse(certUrl)?.host : undefined
  const first = Array.isArray(domains) ? domains[0] : domain
  return {
    ...(host && { host }),
    ...(typeof first === 'string' && { domain: first }),
    ...(typeof preferredChain === 'string' && preferredChain !== '' && { preferredChain }),
    ...(typeof profile === 'string' && profile !== '' && { profile }),
  }
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    return {}
  }
}

function hostOf(ca: FoundAccount['ca']): string | undefined {
  return 'host' in ca ? ca.host : URL.parse(ca.directory)?.host
}

/**
 * `accounts/HOST/ID/ID.key`, with the CA's directory in `account.json`; before version 5 `accounts/HOST/EMAIL/keys/EMAIL.key`. Of a
 * port, lego writes the colon as `_`.
 */
async function readAccounts(folder: Folder): Promise<FoundAccount[]> {
  const found: FoundAccount[] = []
  for (const host of await folder.names('accounts')) {
    for (const name of await folder.names('accounts', host)) {
      const at = ['accounts', host, name]
      const { server } = fieldsOf((await folder.text(...at, 'account.json').catch(() => null)) ?? '')
      const ca =
        typeof server === 'string' && URL.canParse(server) ? { directory: server } : { host: host.replace(/_(\d+)$/, ':$1') }
      for (const parts of [at, [...at, 'keys']]) {
        for (const file of (await folder.names(...parts)).filter((file) => file.endsWith('.key'))) {
          const key = [...parts, file]
          const readKey = async () => (await folder.text(...key)) ?? ''
          found.push({ id: key.slice(1).join('/'), ca, place: folder.path(...key), readKey })
        }
      }
    }
  }
  return found
}
