import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../lab/lab.ts'
import { run } from './measure.ts'
import type { Rival } from './rivals.ts'

/** certbot with hooks of one nsupdate each: its own plugin for RFC 2136 sleeps for a fixed time, a minute by default. */
export async function certbot(lab: Lab, directory: string): Promise<Rival> {
  const folder = join(directory, 'certbot')
  const hook = await writeHook(lab, join(directory, 'certbot-hook.sh'), {
    verb: '$1',
    begin: 'add',
    name: '$CERTBOT_DOMAIN',
    value: '$CERTBOT_VALIDATION',
  })
  const env = { PATH: process.env.PATH, HOME: directory, REQUESTS_CA_BUNDLE: lab.caRoot }
  const folders = ['--config-dir', folder, '--work-dir', join(folder, 'work'), '--logs-dir', join(folder, 'logs')]
  const account = ['--server', lab.ca, '-m', 'certbot@example.test', '--agree-tos', '-n', '--no-eff-email', '--key-type', 'ecdsa']
  const hooks = ['--manual-auth-hook', `${hook} add`, '--manual-cleanup-hook', `${hook} delete`]
  const manual = ['--manual', '--preferred-challenges', 'dns', ...hooks]
  return {
    program: 'certbot',
    settings: 'no propagation check and no sleep, nsupdate as hook',
    issue: (name) => run(['certbot', 'certonly', ...folders, ...account, ...manual, '-d', name], { env }).ms,
  }
}

/** dehydrated with a hook of one nsupdate; it has no propagation check. */
export async function dehydrated(lab: Lab, directory: string): Promise<Rival> {
  const folder = join(directory, 'dehydrated')
  await mkdir(folder, { recursive: true })
  const hook = await writeHook(lab, join(directory, 'dehydrated-hook.sh'), {
    verb: '$1',
    begin: 'deploy_challenge',
    name: '$2',
    value: '$4',
  })
  const file = join(folder, 'config')
  const settings = [
    `CA=${lab.ca}`,
    `BASEDIR=${folder}`,
    `CURL_OPTS="--cacert ${lab.caRoot}"`,
    'CONTACT_EMAIL=d@example.test',
    'KEY_ALGO=prime256v1',
  ]
  await writeFile(file, `${settings.join('\n')}\n`)
  const env = { PATH: process.env.PATH, HOME: directory }
  run(['dehydrated', '--config', file, '--register', '--accept-terms'], { env })
  const how = ['--config', file, '--cron', '--challenge', 'dns-01', '--hook', hook]
  return {
    program: 'dehydrated',
    settings: 'no propagation check, nsupdate as hook',
    issue: (name) => run(['dehydrated', ...how, '--domain', name], { env }).ms,
  }
}

/** A script that adds the value when it is told to begin, and removes it when it is told of the end. */
async function writeHook(
  { rfc2136: { nameserver }, tsigKeyFile }: Lab,
  file: string,
  { verb, begin, name, value }: { verb: string; begin: string; name: string; value: string },
): Promise<string> {
  const [host, port] = nameserver.split(':')
  await writeFile(
    file,
    `#!/bin/sh
case ${verb} in
  ${begin}) change="add _acme-challenge.${name}. 60 TXT \\"${value}\\"" ;;
  delete | clean_challenge) change="delete _acme-challenge.${name}. TXT \\"${value}\\"" ;;
  *) exit 0 ;;
esac
printf 'server ${host} ${port}\\nupdate %s\\nsend\\n' "$change" | nsupdate -k '${tsigKeyFile}'
`,
    { mode: 0o700 },
  )
  return file
}
