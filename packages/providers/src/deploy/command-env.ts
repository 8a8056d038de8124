import type { DeployedCertificate } from '@domainctl/core'
import { withoutSecrets } from '../without-secrets.ts'

const PASSED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** What a command gets of our environment: nothing that may hold a credential of ours. */
export function commandEnv(more: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    [...PASSED, ...more].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

/** Keys in any form of PEM, as openssl writes them anew; of the first one the beginning may be lost, of the last one the end. */
const KEYS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
  /^[\w+/=\s]*-----END [A-Z ]*PRIVATE KEY-----/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\w+/=\s]*$/g,
]

/** Cuts a key out of what a command says, also line by line, as careless programs print what they read. */
export function withoutKey({ privateKey = '' }: Pick<DeployedCertificate, 'privateKey'>): (text: string) => string {
  const lines = privateKey.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-----'))
  return (text) => [...KEYS, ...lines].reduce((rest: string, secret) => rest.replaceAll(secret, '(key)'), text)
}

/** Shorter ones are no credentials. */
const SHORTEST_CREDENTIAL = 8

/** Cuts out what a command got of variables that may hold credentials. */
export function withoutValues(names: readonly string[]): (text: string) => string {
  return withoutSecrets(names.flatMap((name) => process.env[name] ?? []).filter(({ length }) => length >= SHORTEST_CREDENTIAL))
}
