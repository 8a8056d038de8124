import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import type { CertificateAuthority } from './acme/certificate-authority.ts'
import type { Apis } from './apis/start-apis.ts'
import type { NameServers } from './dns/name-servers.ts'
import type { HttpsServer } from './https/https-server.ts'

/**
 * Writes the roots into a folder and gives the environment that docs/guide/sandbox.md describes.
 * @throws DomainctlError `OUTPUT_UNWRITABLE`
 */
export async function writeEnvironment(
  folder: string,
  { ca, dns, https, apis }: { ca: CertificateAuthority; dns: NameServers; https: HttpsServer; apis: Apis },
): Promise<Record<string, string>> {
  const caRoot = join(folder, 'ca-root.pem')
  const issuerRoot = join(folder, 'issuer-root.pem')
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(caRoot, ca.tlsRoot)
    await writeFile(issuerRoot, ca.issuerRoot)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new DomainctlError('OUTPUT_UNWRITABLE', `The sandbox's roots cannot be written: ${why}.`, {
      hint: 'Give a folder that can be written.',
      cause,
    })
  }
  const { name, secret, algorithm } = dns.tsigKey
  return {
    DOMAINCTL_SANDBOX: '1',
    DOMAINCTL_CA: ca.directoryUrl,
    DOMAINCTL_CA_ROOT: caRoot,
    DOMAINCTL_ISSUER_ROOT: issuerRoot,
    DOMAINCTL_RESOLVER: dns.resolver,
    DOMAINCTL_AUTHORITATIVE_PORT: String(dns.port),
    DOMAINCTL_ALLOW_PRIVATE: '1',
    ...(ca.settings.httpPort !== 80 && { DOMAINCTL_HTTP_PORT: String(ca.settings.httpPort) }),
    DOMAINCTL_HTTPS_PORT: https.endpoint.slice(https.endpoint.lastIndexOf(':') + 1),
    RFC2136_NAMESERVER: dns.servers[0],
    RFC2136_TSIG_KEY: name,
    RFC2136_TSIG_SECRET: secret,
    RFC2136_TSIG_ALGORITHM: algorithm,
    CLOUDFLARE_BASE_URL: apis.cloudflare.options.baseUrl,
    CLOUDFLARE_API_TOKEN: apis.cloudflare.options.apiToken,
    AWS_ENDPOINT_URL_ROUTE_53: apis.route53.url,
    AWS_ACCESS_KEY_ID: apis.route53.options.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: apis.route53.options.credentials.secretAccessKey,
    AWS_REGION: apis.route53.options.region,
    // By this name for what is made with boto3.
    AWS_DEFAULT_REGION: apis.route53.options.region,
    GODADDY_BASE_URL: apis.godaddy.options.baseUrl,
    GODADDY_API_KEY: apis.godaddy.options.apiKey,
    GODADDY_API_SECRET: apis.godaddy.options.apiSecret,
    SANDBOX_HTTPS: https.endpoint,
  }
}
