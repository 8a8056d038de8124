import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Paths of PEM files for an HTTPS server at `localhost` and `127.0.0.1`. */
export interface ServerCertificate {
  /** The root that clients have to trust. */
  rootFile: string
  certificateFile: string
  keyFile: string
}

const configuration = `[req]
distinguished_name = subject
[subject]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
authorityKeyIdentifier = keyid
`

/** Makes a root of its own and a certificate from it, valid for a week, in `directory`. */
export async function makeServerCertificate(directory: string): Promise<ServerCertificate> {
  const at = (file: string) => join(directory, file)
  await writeFile(at('openssl.cnf'), configuration)
  const make = (name: string, section: string, subject: string, signedBy: readonly string[]) =>
    run('openssl', [
      ...['req', '-x509', '-config', at('openssl.cnf'), '-extensions', section, '-subj', subject, '-days', '7'],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'],
      ...['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`), ...signedBy],
    ])
  await make('root', 'root', '/CN=domainctl lab root', [])
  await make('server', 'server', '/CN=localhost', ['-CA', at('root.pem'), '-CAkey', at('root.key')])
  return { rootFile: at('root.pem'), certificateFile: at('server.pem'), keyFile: at('server.key') }
}
