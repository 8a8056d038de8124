import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import { type Folder, openFolder, openKeyWarnings, readPair } from './folder.ts'
import type { FoundAccount, FoundCertificate, Installation, LeftBehind, Unusable } from './found.ts'
import { listenInstead, programOf, webrootInstead } from './left-behind.ts'
import { readShellSettings } from './shell-settings.ts'

type ShellSettings = ReadonlyMap<string, string | null>

/** Its names for CAs, which domainctl knows by others. */
const PRESETS: Readonly<Record<string, string>> = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-test': 'https://acme-staging-v02.api.letsencrypt.org/directory',
  zerossl: 'https://acme.zerossl.com/v2/DV90',
  buypass: 'https://api.buypass.com/acme/directory',
  'buypass-test': 'https://api.test4.buypass.no/acme/directory',
  google: 'https://dv.acme-v02.api.pki.goog/directory',
  'google-test': 'https://dv.acme-v02.test-api.pki.goog/directory',
}

/**
 * dehydrated: `certs/NAME/{fullchain,privkey}.pem` under its base folder, which the file `config` may name. That one is a shell
 * script: its plain assignments are read, nothing of it is run.
 */
export async function readDehydrated(folder: Folder): Promise<Installation> {
  const settings = await readConfig(folder)
  const base = await at(folder, settings, 'BASEDIR', folder.root)
  const certs = await at(folder, settings, 'CERTDIR', resolve(base.root, 'certs'))
  const accounts = await at(folder, settings, 'ACCOUNTDIR', resolve(base.root, 'accounts'))
  const listed = await readDomainsTxt(folder, settings, base)
  const certificates: Installation['certificates'] = []
  for (const label of await certs.names()) {
    if ((await certs.kind(label)) !== 'folder' || !(await certs.names(label)).includes('fullchain.pem')) continue
    certificates.push(await readOne(certs, label, settings, listed))
  }
  return {
    client: 'dehydrated',
    folder: folder.root,
    accounts: await readAccounts(accounts),
    certificates,
    leftBehind: unreadSettings(settings),
    switchOff: ['crontab -l    # and take the line with dehydrated -c (or --cron) away, or its systemd timer'],
    switchOn: ['crontab -e    # put the line back'],
  }
}

async function readConfig(folder: Folder): Promise<ShellSettings> {
  const before = { SCRIPTDIR: folder.root, BASEDIR: folder.root }
  let settings = readShellSettings(await textOf(folder, 'config'), before)
  const more = settings.get('CONFIG_D')
  if (!more) return settings
  const added = await openFolderOrNone(resolve(folder.root, more))
  for (const name of await added.names()) {
    if (!name.endsWith('.sh')) continue
    const known = Object.fromEntries([...settings].filter((entry): entry is [string, string] => entry[1] !== null))
    settings = new Map([...settings, ...readShellSettings(await textOf(added, name), known)])
  }
  return settings
}

/** Without its settings nothing of it would be as it was. @throws DomainctlError `USAGE` */
async function textOf(folder: Folder, file: string): Promise<string> {
  const text = await folder.text(file).catch((cause: unknown) => {
    throw new DomainctlError('USAGE', `${cause instanceof Error ? cause.message : String(cause)}.`, {
      hint: 'Put the settings of dehydrated there as a plain file that this user may read.',
      cause,
    })
  })
  return text ?? ''
}

/** A folder that a setting names: it may be anywhere, as whoever wrote the configuration wants it. */
async function at(folder: Folder, settings: ShellSettings, name: string, otherwise: string): Promise<Folder> {
  const path = settings.get(name) || otherwise
  const whole = isAbsolute(path) ? path : resolve(folder.root, path)
  return whole === folder.root ? folder : openFolderOrNone(whole)
}

/** One that is not there has nothing in it; one that may not be read is no reason to say so. */
async function openFolderOrNone(path: string): Promise<Folder> {
  return openFolder(path).catch((error: DomainctlError) => {
    if (error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ENOENT') return emptyFolder(path)
    throw error
  })
}

function emptyFolder(root: string): Folder {
  return {
    root,
    path: (...parts) => resolve(root, ...parts),
    names: async () => [],
    real: async () => null,
    kind: async () => null,
    text: async () => null,
    isOpenToAll: async () => false,
  }
}

/** The first name of each certificate by the name of its folder: that one, but where a line ends with `> ALIAS`. Null: no such file. */
async function readDomainsTxt(folder: Folder, settings: ShellSettings, base: Folder): Promise<Map<string, string> | null> {
  const file = resolve(folder.root, settings.get('DOMAINS_TXT') || resolve(base.root, 'domains.txt'))
  const holder = await openFolderOrNone(dirname(file))
  const text = await holder.text(basename(file)).catch(() => null)
  if (text === null) return null
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*$/, '').trim().toLowerCase())
  return new Map(
    lines.flatMap((line) => {
      const [names = '', alias] = line.split('>').map((part) => part.trim())
      const [first = ''] = names.split(/\s+/)
      return first === '' ? [] : [[alias || first, first] as const]
    }),
  )
}

async function readOne(
  certs: Folder,
  label: string,
  shared: ShellSettings,
  listed: Map<string, string> | null,
): Promise<FoundCertificate | Unusable> {
  const place = certs.path(label)
  try {
    // A file of its own goes before what goes for all.
    const own = readShellSettings((await certs.text(label, 'config')) ?? '')
    const settings: ShellSettings = new Map([...shared, ...own])
    const directory = caOf(settings)
    const preferredChain = settings.get('PREFERRED_CHAIN')
    return {
      label,
      place,
      primary: listed?.get(label.toLowerCase()) ?? label,
      ca: { directory },
      account: directory,
      challenge: settings.get('CHALLENGETYPE') === 'dns-01' ? 'dns-01' : 'http-01',
      reuseKey: settings.get('PRIVATE_KEY_RENEW') === 'no',
      ...(preferredChain && { preferredChain }),
      leftBehind: leftBehind(settings),
      warnings: [
        ...(listed?.has(label.toLowerCase()) === false ? [NOT_LISTED] : []),
        ...(await openKeyWarnings(certs, label, 'privkey.pem')),
      ],
      read: () => readPair(certs, { chain: [label, 'fullchain.pem'], key: [label, 'privkey.pem'] }),
    }
  } catch (error) {
    return { label, place, why: error instanceof Error ? error.message : String(error) }
  }
}

const NOT_LISTED =
  'It is not in domains.txt, so dehydrated did not renew it any more; domainctl does: domainctl remove NAME, if nobody wants it.'

function caOf(settings: ShellSettings): string {
  const ca = settings.get('CA') || 'letsencrypt'
  return (Object.hasOwn(PRESETS, ca) ? PRESETS[ca] : undefined) ?? ca
}

function leftBehind(settings: ShellSettings): LeftBehind[] {
  const left: LeftBehind[] = []
  const hook = settings.get('HOOK')
  if (hook) {
    const instead =
      'Its deploy_cert becomes a target (docs/guide/deploy.md), then --deploy NAME; domainctl writes challenge records itself, by a provider.'
    left.push({ what: `HOOK=${programOf(hook)}`, instead })
  }
  const challenge = settings.get('CHALLENGETYPE') || 'http-01'
  if (challenge === 'tls-alpn-01')
    left.push({ what: 'CHALLENGETYPE=tls-alpn-01', instead: `domainctl proves over HTTP or DNS. ${listenInstead(false)}` })
  if (challenge === 'http-01') {
    // The folder is served as /.well-known/acme-challenge itself.
    const wellKnown = settings.get('WELLKNOWN') || '/var/www/dehydrated'
    const webroot = wellKnown.replace(/\/\.well-known\/acme-challenge\/?$/, '')
    const instead =
      webroot === wellKnown
        ? `Serve /.well-known/acme-challenge/ from a webroot of domainctl (DOMAINCTL_HTTP01_WEBROOT) in place of ${wellKnown}.`
        : webrootInstead(webroot, 0)
    left.push({ what: `WELLKNOWN=${wellKnown}`, instead })
  }
  if (settings.get('OCSP_MUST_STAPLE') === 'yes')
    left.push({ what: 'OCSP_MUST_STAPLE=yes', instead: 'CAs do not issue such certificates any more.' })
  return left
}

/** What only a shell could tell, of those that matter. */
function unreadSettings(settings: ShellSettings): LeftBehind[] {
  const mattering = ['CA', 'BASEDIR', 'CERTDIR', 'ACCOUNTDIR', 'CHALLENGETYPE', 'HOOK', 'PREFERRED_CHAIN', 'PRIVATE_KEY_RENEW']
  return mattering
    .filter((name) => settings.get(name) === null)
    .map((name) => ({
      what: `${name} of its config`,
      instead: 'A shell would have to run to tell it, and none is run: choose it here.',
    }))
}

/** `accounts/BASE64URL(directory URL)/account_key.pem`; the URL has a line end there. */
async function readAccounts(accounts: Folder): Promise<FoundAccount[]> {
  const found: FoundAccount[] = []
  for (const name of await accounts.names()) {
    const directory = Buffer.from(name, 'base64url').toString('utf8').trim()
    if (!URL.canParse(directory) || (await accounts.kind(name, 'account_key.pem')) !== 'file') continue
    const readKey = async () => (await accounts.text(name, 'account_key.pem')) ?? ''
    found.push({ id: directory, ca: { directory }, place: accounts.path(name, 'account_key.pem'), readKey })
  }
  return found
}
