import { type Folder, foldersBelow, openKeyWarnings, readPair } from './folder.ts'
import type { FoundAccount, FoundCertificate, Installation, LeftBehind, Unusable } from './found.ts'
import { listenInstead, programOf, webrootInstead } from './left-behind.ts'
import { plainAcmeShValue, readShellSettings } from './shell-settings.ts'

type ShellSettings = ReadonlyMap<string, string | null>

const ECC = '_ecc'

/** How deep below `ca` a directory URL is spread out. */
const DEEPEST_ACCOUNT = 6

/**
 * acme.sh: `NAME/` (RSA) and `NAME_ecc/` with `NAME.conf`, `NAME.key` and `fullchain.cer`. The `.conf` is a shell script: its plain
 * assignments are read, nothing of it is run.
 */
export async function readAcmeSh(folder: Folder): Promise<Installation> {
  const accounts = await readAccounts(folder)
  const certificates: Installation['certificates'] = []
  for (const name of await folder.names()) {
    const domain = name.endsWith(ECC) ? name.slice(0, -ECC.length) : name
    if ((await folder.kind(name, `${domain}.conf`)) !== 'file') continue
    certificates.push(await readOne(folder, name, domain, accounts))
  }
  return {
    client: 'acme.sh',
    folder: folder.root,
    accounts,
    certificates,
    leftBehind: [],
    switchOff: ['acme.sh --uninstall-cronjob'],
    switchOn: ['acme.sh --install-cronjob'],
  }
}

async function readOne(
  folder: Folder,
  label: string,
  domain: string,
  accounts: readonly FoundAccount[],
): Promise<FoundCertificate | Unusable> {
  const place = folder.path(label)
  try {
    const settings = readShellSettings((await folder.text(label, `${domain}.conf`)) ?? '')
    const setting = settingOf(settings)
    const directory = setting('Le_API')
    const account = accounts.find(({ ca }) => directory !== undefined && isOf(ca, directory))
    const preferredChain = setting('Le_Preferred_Chain')
    const profile = setting('Le_Certificate_Profile')
    return {
      label,
      place,
      primary: setting('Le_Domain') ?? domain,
      ...(directory !== undefined && { ca: { directory } }),
      ...(account && { account: account.id }),
      ...challengeOf(setting('Le_Webroot')),
      // It keeps the key, but where it was told otherwise.
      reuseKey: setting('Le_ForceNewDomainKey') !== '1',
      ...(preferredChain !== undefined && { preferredChain }),
      ...(profile !== undefined && { profile }),
      leftBehind: leftBehind(settings),
      warnings: await openKeyWarnings(folder, label, `${domain}.key`),
      read: () => readPair(folder, { chain: [label, 'fullchain.cer'], key: [label, `${domain}.key`] }),
    }
  } catch (error) {
    return { label, place, why: error instanceof Error ? error.message : String(error) }
  }
}

/** A setting in plain words; `no` and nothing are how acme.sh writes that there is none. */
function settingOf(settings: ShellSettings): (name: string) => string | undefined {
  return (name) => {
    const value = plainAcmeShValue(settings.get(name) ?? '').trim()
    return value === '' || (value === 'no' && name !== 'Le_Webroot') ? undefined : value
  }
}

/** `dns_cf`, `dns` (by hand), a folder, `no` (its own server), `alpn`, `nginx:…`, `apache`; one for each name, with commas. */
function challengeOf(written: string | undefined): Pick<FoundCertificate, 'challenge' | 'dns'> {
  const ways = [...new Set((written ?? '').split(',').filter((way) => way !== ''))]
  const scripts = ways.filter((way) => way.startsWith('dns_'))
  if (scripts.length > 0) return { challenge: 'dns-01', ...(scripts.length === 1 && scripts[0] && { dns: scripts[0] }) }
  if (ways.includes('dns')) return { challenge: 'dns-01' }
  return ways.length === 0 ? {} : { challenge: 'http-01' }
}

const HOOKS: Readonly<Record<string, string>> = {
  Le_PreHook: 'domainctl needs none: it stops no server to prove a name.',
  Le_PostHook: 'domainctl needs none: it stops no server to prove a name.',
  Le_RenewHook: 'A target does it after each renewal (docs/guide/deploy.md), then --deploy NAME.',
  Le_ReloadCmd: 'The target files, nginx or exec does it: it writes the certificate and runs a command (docs/guide/deploy.md).',
  Le_RealFullChainPath: 'The target files writes the certificate there (docs/guide/deploy.md).',
  Le_RealKeyPath: 'The target files writes the key there (docs/guide/deploy.md).',
  Le_DeployHook: 'A target of domainctl in its place (docs/guide/deploy.md).',
  Le_ChallengeAlias: 'Where _acme-challenge of the name is a CNAME, domainctl follows it and writes where that leads.',
}

function leftBehind(settings: ShellSettings): LeftBehind[] {
  const setting = settingOf(settings)
  const left: LeftBehind[] = []
  for (const [name, instead] of Object.entries(HOOKS)) {
    const value = setting(name)
    if (value !== undefined) left.push({ what: `${name}=${programOf(value)}`, instead })
  }
  const ways = (setting('Le_Webroot') ?? '').split(',')
  const webroots = [...new Set(ways.filter((way) => way.startsWith('/')))]
  const [first, ...others] = webroots
  if (first !== undefined) left.push({ what: `webroot ${webroots.join(', ')}`, instead: webrootInstead(first, others.length) })
  if (ways.includes('no')) left.push({ what: 'standalone', instead: listenInstead(true) })
  if (ways.some((way) => way === 'alpn' || way === 'apache' || way.startsWith('nginx:')))
    left.push({ what: `Le_Webroot=${ways.join(',')}`, instead: listenInstead(false) })
  return left
}

function isOf(ca: FoundAccount['ca'], directory: string): boolean {
  if ('directory' in ca) return ca.directory === directory
  return URL.parse(directory)?.host === ca.host
}

/** `ca/HOST/PATH…/account.key`; before version 3 `ca/HOST/account.key`. */
async function readAccounts(folder: Folder): Promise<FoundAccount[]> {
  const found: FoundAccount[] = []
  for await (const [host = '', ...path] of foldersBelow(folder, 'ca', DEEPEST_ACCOUNT)) {
    const id = [host, ...path].join('/')
    const key = ['ca', host, ...path, 'account.key']
    if ((await folder.kind(...key)) === null) continue
    const ca = path.length === 0 ? { host } : { directory: `https://${id}` }
    found.push({ id, ca, place: folder.path(...key), readKey: async () => (await folder.text(...key)) ?? '' })
  }
  return found
}
