import { once } from 'node:events'
import { watch } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import { parse } from 'yaml'

/** What of Traefik's dynamic configuration is looked at. */
interface Dynamic {
  http?: {
    routers: Record<string, { rule: string; priority?: number; entryPoints: string[]; service: string; tls: object }>
    services: Record<string, { loadBalancer: { servers: { url: string }[] } }>
  }
  tls: { certificates: { certFile: string; keyFile: string }[] }
}

/**
 * A server at loopback that takes its certificates and routes from a folder as Traefik v3.7 does (pkg/provider/file/file.go): all
 * files are read again at each change in that folder, none in those below; when one cannot be read, what was read before stays.
 * It answers with the URL of the service, or 404.
 */
export interface TraefikReader extends AsyncDisposable {
  readonly address: string
  readonly port: number
  /** What Traefik would have written to its log. */
  readonly complaints: string[]
  readonly readings: number
}

export async function startTraefikReader(
  folder: string,
  path: (seen: string) => string = (seen) => seen,
): Promise<TraefikReader> {
  const complaints: string[] = []
  let [readings, current] = [0, await read(folder, path)]
  let reading: Promise<void> | undefined
  const again = async () => {
    for (let events = -1; events !== seen; ) {
      events = seen
      await read(folder, path).then(
        (next) => {
          current = next
        },
        (error) => complaints.push(String(error)),
      )
      readings += 1
    }
    reading = undefined
  }
  let seen = 0
  const watcher = watch(folder, () => {
    seen += 1
    reading ??= again()
  })
  const server = createServer(
    { SNICallback: (name, answer) => answer(null, contextFor(current.certificates, name)) },
    (request, response) => {
      const url = serviceFor(current.files, request.headers.host ?? '')
      response.writeHead(url === undefined ? 404 : 200).end(url)
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    address: `127.0.0.1:${port}`,
    complaints,
    get readings() {
      return readings
    },
    async [Symbol.asyncDispose]() {
      watcher.close()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      await reading
    },
  }
}

/** All that Traefik would have of this folder at this moment. @throws where it would complain */
export async function read(folder: string, path: (seen: string) => string = (seen) => seen) {
  const names = (await readdir(folder)).filter((name) => /\.(ya?ml|toml)$/i.test(name)).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  const files = texts.map((text): Dynamic => {
    if (text.includes('{{')) throw new Error('a template of Go')
    return parse(text, { strict: true })
  })
  const certificates = new Map<string, SecureContext>()
  for (const { certFile, keyFile } of files.flatMap(({ tls }) => tls.certificates)) {
    const [cert, key] = await Promise.all([certFile, keyFile].map((file) => readFile(path(file), 'utf8')))
    // Refuses a key of another certificate.
    certificates.set(certFile, createSecureContext({ cert, key }))
  }
  return { files, certificates: await byName(certificates, path) }
}

async function byName(contexts: Map<string, SecureContext>, path: (seen: string) => string) {
  const { X509Certificate } = await import('node:crypto')
  const found: { names: string[]; context: SecureContext }[] = []
  for (const [certFile, context] of contexts) {
    const { subjectAltName = '' } = new X509Certificate(await readFile(path(certFile)))
    found.push({ names: subjectAltName.split(', ').map((name) => name.replace(/^DNS:/, '')), context })
  }
  return found
}

function contextFor(certificates: { names: string[]; context: SecureContext }[], name: string): SecureContext | undefined {
  const wildcard = name.replace(/^[^.]+/, '*')
  return [name, wildcard].map((one) => certificates.find(({ names }) => names.includes(one))?.context).find((one) => one)
}

/** The rule that fits and has the highest priority, which is its length where none is given. */
export function serviceFor(files: readonly Dynamic[], hostAndPort: string): string | undefined {
  const host = hostAndPort.replace(/:\d+$/, '')
  const [best] = files
    .flatMap(({ http }) => Object.values(http?.routers ?? {}).map((router) => ({ ...router, services: http?.services ?? {} })))
    .filter(({ rule }) => rule.split(' || ').some((one) => fits(one, host)))
    .sort((a, b) => (b.priority ?? b.rule.length) - (a.priority ?? a.rule.length))
  return best?.services[best.service]?.loadBalancer.servers[0]?.url
}

function fits(matcher: string, host: string): boolean {
  const [, kind, value = ''] = /^(Host|HostRegexp)\(`([^`]+)`\)$/.exec(matcher) ?? []
  if (kind === undefined) throw new Error(`Traefik has no rule ${matcher}`)
  return kind === 'Host' ? value === host : new RegExp(value).test(host)
}
