import type { DeployedCertificate } from '@domainctl/core'

const PASSED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** What a command gets of our environment: nothing that may hold a credential of ours. */
export function commandEnv(more: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    [...PASSED, ...more].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

/** Cuts a key out of what a command says, line by line, as careless programs print what they read. */
export function withoutKey({ privateKey = '' }: Pick<DeployedCertificate, 'privateKey'>): (text: string) => string {
  const lines = privateKey.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-----'))
  return (text) => lines.reduce((rest, line) => rest.replaceAll(line, '(key)'), text)
}
