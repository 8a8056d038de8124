import type { DeployedCertificate } from '@domainctl/core'

/** What stands in the file of a domain. */
export interface DynamicFile extends Pick<DeployedCertificate, 'names' | 'upstream'> {
  /** Its own in all that Traefik reads: of two routers of one name it takes neither. */
  id: string
  certFile: string
  keyFile: string
  entryPoints: readonly string[]
}

/** How a file of ours begins; another one is not written over. */
export const HEAD = '# Written by domainctl'

/** Dynamic configuration of Traefik v3 as YAML. Text stands there as JSON writes it, which YAML reads as the same. */
export function dynamicFile({ id, names, upstream, certFile, keyFile, entryPoints }: DynamicFile): string {
  const text = JSON.stringify
  const router = ({ suffix, rule, priority }: Route) => `    ${text(`${id}${suffix}`)}:
      rule: ${text(rule)}
${priority === undefined ? '' : `      priority: ${priority}\n`}      entryPoints: [${entryPoints.map((one) => text(one)).join(', ')}]
      service: ${text(id)}
      tls: {}
`
  const http =
    upstream === undefined
      ? ''
      : `http:
  routers:
${routesOf(names).map(router).join('')}  services:
    ${text(id)}:
      loadBalancer:
        servers:
          - url: ${text(upstream)}
`
  return `${HEAD}, and anew with each certificate.
${http}tls:
  certificates:
    - certFile: ${text(certFile)}
      keyFile: ${text(keyFile)}
`
}

interface Route {
  suffix: string
  rule: string
  priority?: number
}

/**
 * Wildcards have routers of their own: Traefik prefers the longer rule, and theirs would go before the one of a domain whose exact
 * name they cover. `Host` takes wildcards from 3.7 on alone, regular expressions all versions do.
 */
function routesOf(names: readonly string[]): Route[] {
  const exact = names.filter((name) => !name.startsWith('*.'))
  const wild = names.filter((name) => name.startsWith('*.')).map((name) => name.slice('*.'.length))
  return [
    ...(exact.length > 0 ? [{ suffix: '', rule: exact.map((name) => `Host(\`${name}\`)`).join(' || ') }] : []),
    ...wild.map((base, n) => ({
      suffix: `-wildcard${n === 0 ? '' : n + 1}`,
      rule: `HostRegexp(\`^[^.]+\\.${base.replaceAll('.', '\\.')}$\`)`,
      // One less than the shortest rule that an exact name below it can have.
      priority: `Host(\`.${base}\`)`.length,
    })),
  ]
}
