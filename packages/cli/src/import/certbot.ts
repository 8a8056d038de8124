import { type Folder, foldersBelow, openKeyWarnings, readPair } from './folder.ts'
import type { FoundAccount, FoundCertificate, Installation, LeftBehind, Unusable } from './found.ts'
import { listenInstead, programOf, webrootInstead } from './left-behind.ts'
import { type RenewalConf, readRenewalConf, wordOf } from './renewal-conf.ts'

/** How deep below `accounts` a directory URL is spread out (`host/path/path/id`). */
const DEEPEST_ACCOUNT = 8

/** certbot: `renewal/NAME.conf` says how, `live/NAME` is what there is. */
export async function readCertbot(folder: Folder): Promise<Installation> {
  const confs = (await folder.names('renewal')).filter((name) => name.endsWith('.conf'))
  const certificates: Installation['certificates'] = []
  for (const conf of confs) certificates.push(await readLineage(folder, conf.slice(0, -'.conf'.length)))
  return {
    client: 'certbot',
    folder: folder.root,
    accounts: await readAccounts(folder),
    certificates,
    leftBehind: await sharedHooks(folder),
    switchOff: ['systemctl disable --now certbot.timer', 'rm /etc/cron.d/certbot    # where there is one'],
    switchOn: ['systemctl enable --now certbot.timer'],
  }
}

async function readLineage(folder: Folder, label: string): Promise<FoundCertificate | Unusable> {
  const place = folder.path('renewal', `${label}.conf`)
  let conf: RenewalConf
  try {
    conf = readRenewalConf((await folder.text('renewal', `${label}.conf`)) ?? '')
  } catch (error) {
    return { label, place, why: error instanceof Error ? error.message : String(error) }
  }
  const { params } = conf
  const server = wordOf(params, 'server')
  const account = wordOf(params, 'account')
  const preferredChain = wordOf(params, 'preferred_chain')
  const profile = wordOf(params, 'required_profile') ?? wordOf(params, 'preferred_profile')
  return {
    label,
    place,
    primary: label,
    ...(server !== undefined && { ca: { directory: server } }),
    ...(account !== undefined && { account }),
    ...challengeOf(conf),
    reuseKey: wordOf(params, 'reuse_key')?.toLowerCase() === 'true',
    ...(preferredChain !== undefined && { preferredChain }),
    ...(profile !== undefined && { profile }),
    leftBehind: leftBehind(conf),
    warnings: await openKeyWarnings(folder, 'live', label, 'privkey.pem'),
    read: () => readPair(folder, { chain: ['live', label, 'fullchain.pem'], key: ['live', label, 'privkey.pem'] }),
  }
}

function challengeOf({ params }: RenewalConf): Pick<FoundCertificate, 'challenge' | 'dns'> {
  const authenticator = wordOf(params, 'authenticator')?.replace(/^.*:/, '')
  if (authenticator === undefined) return {}
  if (authenticator.startsWith('dns-')) return { challenge: 'dns-01', dns: authenticator }
  if (authenticator !== 'manual') return { challenge: 'http-01' }
  return { challenge: wordOf(params, 'pref_challs')?.includes('http') ? 'http-01' : 'dns-01' }
}

const HOOKS = {
  pre_hook: 'domainctl needs none: it stops no server to prove a name.',
  post_hook: 'domainctl needs none: it stops no server to prove a name.',
  renew_hook: 'A target does it after each renewal: nginx, haproxy, files or exec (docs/guide/deploy.md), then --deploy NAME.',
  manual_auth_hook: 'domainctl writes the records itself, by a provider.',
  manual_cleanup_hook: 'domainctl takes the records away itself.',
} as const

function leftBehind({ params, webroots }: RenewalConf): LeftBehind[] {
  const left: LeftBehind[] = []
  for (const [hook, instead] of Object.entries(HOOKS)) {
    const value = wordOf(params, hook)
    if (value !== undefined) left.push({ what: `${hook} = ${programOf(value)}`, instead })
  }
  const installer = wordOf(params, 'installer')
  if (installer !== undefined)
    left.push({ what: `installer = ${installer}`, instead: 'A target puts the certificate there: docs/guide/deploy.md.' })
  for (const [name, value] of params) {
    if (!/^dns_\w+_credentials$/.test(name) || value === '' || value === 'None') continue
    left.push({
      what: `${name} = ${value}`,
      instead: 'Not read: give the provider its own credentials, by variables of the environment.',
    })
  }
  if (wordOf(params, 'must_staple')?.toLowerCase() === 'true')
    left.push({ what: 'must_staple = True', instead: 'CAs do not issue such certificates any more.' })
  const folders = new Set(
    [...webroots.values(), ...(wordOf(params, 'webroot_path')?.split(',') ?? [])].map((path) => path.trim()),
  )
  const [first, ...others] = [...folders].filter((path) => path !== '')
  if (first !== undefined)
    left.push({ what: `webroot ${[first, ...others].join(', ')}`, instead: webrootInstead(first, others.length) })
  const authenticator = wordOf(params, 'authenticator')
  if (['standalone', 'nginx', 'apache'].includes(authenticator ?? ''))
    left.push({ what: `authenticator = ${authenticator}`, instead: listenInstead(authenticator === 'standalone') })
  return left
}

/** Scripts that run for each certificate: certbot finds them by their folder. */
async function sharedHooks(folder: Folder): Promise<LeftBehind[]> {
  const left: LeftBehind[] = []
  for (const kind of ['pre', 'deploy', 'post'] as const) {
    for (const name of await folder.names('renewal-hooks', kind)) {
      const instead = kind === 'deploy' ? HOOKS.renew_hook : HOOKS.pre_hook
      left.push({ what: folder.path('renewal-hooks', kind, name), instead })
    }
  }
  return left
}

/** `accounts/HOST/PATH…/ID/private_key.json`, where HOST/PATH is the directory URL of the CA. */
async function readAccounts(folder: Folder): Promise<FoundAccount[]> {
  const found = new Map<string, FoundAccount>()
  for await (const parts of foldersBelow(folder, 'accounts', DEEPEST_ACCOUNT)) {
    const id = parts.at(-1)
    const key = ['accounts', ...parts, 'private_key.json']
    // The folder of a CA that has moved may be a copy of the one of before: the same accounts.
    if (id === undefined || found.has(id) || (await folder.kind(...key)) === null) continue
    const readKey = async () => (await folder.text(...key)) ?? ''
    found.set(id, { id, ca: { directory: `https://${parts.slice(0, -1).join('/')}` }, place: folder.path(...key), readKey })
  }
  return [...found.values()]
}
