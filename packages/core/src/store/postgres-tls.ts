import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { DomainctlError } from '../errors.ts'

/** How a server is spoken to. */
export interface PostgresTls {
  ssl: false | ConnectionOptions
  /** A server that has no TLS is used all the same. */
  mayBePlain: boolean
}

const MODES = ['disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca', 'verify-full'] as const
type Mode = (typeof MODES)[number]
/** Stands for the roots that the system, here Node, brings along (libpq 16). */
const SYSTEM = 'system'

/**
 * `sslmode` and its files as libpq means them (https://www.postgresql.org/docs/current/libpq-ssl.html), and not as `pg` does: that
 * takes `require` for `verify-full`, and warns on stderr that it will not in its next version. Two are stricter: `allow` is
 * `prefer`, and who names a root certificate without a mode wants it to be looked at. What is not in the URL is taken from
 * PGSSLMODE, PGSSLROOTCERT, PGSSLCERT and PGSSLKEY, as `pg` does with user and password.
 * @param o `taken`: a parameter of the URL; `isSocket`: a socket in a folder, on which there is no TLS
 * @throws DomainctlError `CONFIG_INVALID`
 */
export function readTls({ taken, isSocket }: { taken(name: string): string | undefined; isSocket: boolean }): PostgresTls {
  const named = (name: string) => taken(name) ?? (process.env[`PG${name.toUpperCase()}`] || undefined)
  const [rootCert, cert, key] = [named('sslrootcert'), named('sslcert'), named('sslkey')]
  const mode = named('sslmode') ?? (rootCert === undefined ? 'prefer' : 'verify-full')
  if (!isMode(mode)) throw invalid(`its sslmode is none of ${MODES.join(', ')}`)
  if (mode === 'disable' || isSocket) return { ssl: false, mayBePlain: true }
  if (rootCert === SYSTEM && mode !== 'verify-full')
    throw invalid('sslrootcert=system goes with sslmode=verify-full alone: whoever has any certificate would do')
  if (mode === 'verify-ca' && rootCert === undefined) throw invalid('sslmode=verify-ca needs the CA: sslrootcert=FILE')
  if ((cert === undefined) !== (key === undefined)) throw invalid('sslcert and sslkey go together')
  const looked = mode.startsWith('verify') || (mode === 'require' && rootCert !== undefined)
  return {
    ssl: {
      rejectUnauthorized: looked,
      ...(looked && rootCert !== undefined && rootCert !== SYSTEM && { ca: certificateIn('sslrootcert', rootCert) }),
      ...(looked && mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
      ...(cert !== undefined && key !== undefined && clientCertificate(cert, key)),
    },
    mayBePlain: mode === 'prefer' || mode === 'allow',
  }
}

function isMode(text: string): text is Mode {
  return MODES.some((mode) => mode === text)
}

function clientCertificate(certFile: string, keyFile: string): { cert: string; key: string } {
  const cert = certificateIn('sslcert', certFile)
  const key = contentOf('sslkey', keyFile)
  let fits: boolean
  try {
    fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch (cause) {
    throw invalid(`sslkey=${keyFile} is no private key in PEM without a passphrase`, cause)
  }
  if (!fits) throw invalid(`sslkey=${keyFile} is not the key of sslcert=${certFile}`)
  return { cert, key }
}

function certificateIn(parameter: string, file: string): string {
  const pem = contentOf(parameter, file)
  try {
    new X509Certificate(pem)
  } catch (cause) {
    throw invalid(`${parameter}=${file} holds no certificate in PEM`, cause)
  }
  return pem
}

function contentOf(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw invalid(`${parameter}=${file} cannot be read (${cause instanceof Error ? cause.message : cause})`, cause)
  }
}

function invalid(why: string, cause?: unknown): DomainctlError {
  return new DomainctlError('CONFIG_INVALID', `The URL of the state cannot be used: ${why}.`, {
    hint: 'Such as ?sslmode=verify-full&sslrootcert=/etc/domainctl/db-ca.pem: the CA that signed the certificate of the server.',
    cause,
  })
}
