import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeDeployTarget } from '@domainctl/core/testing'
import { createExecTarget } from './exec/index.ts'
import { createFilesTarget } from './files/index.ts'
import { createNginxTarget } from './nginx/index.ts'
import { certificateFor, fingerprintOf } from './target.test.fixture.ts'
import { createTraefikTarget } from './traefik/index.ts'

// nginx itself is in lab/nginx.test.ts.

const folderFor = () => mkdtemp(join(tmpdir(), 'domainctl-target-'))
const placedIn = (folder: string) => async (name: string) =>
  readFile(join(folder, name.replace('*.', '_wildcard.'), 'cert.pem'), 'utf8').then(fingerprintOf, () => null)
/** Of the leaf of a full chain. */
const leafIn = async (file: string) => {
  const [leaf = '', end] = (await readFile(file, 'utf8')).split(/(?<=-----END CERTIFICATE-----\n)/)
  return end === undefined ? null : fingerprintOf(leaf)
}
const close = (folder: string) => () => rm(folder, { recursive: true, force: true })

for (const plainFiles of [false, true]) {
  describeDeployTarget(`files${plainFiles ? ' without links' : ''}`, async () => {
    const folder = await folderFor()
    const target = createFilesTarget({ folder: join(folder, '{name}'), plainFiles })
    return { target, certificate: certificateFor, placed: placedIn(folder), close: close(folder) }
  })
}

describeDeployTarget('exec', async () => {
  const folder = await folderFor()
  const script = join(folder, 'install')
  const install = `case "$DOMAINCTL_NAME" in '*.'*) n=_wildcard.\${DOMAINCTL_NAME#'*.'};; *) n=$DOMAINCTL_NAME;; esac
mkdir -p "${folder}/$n" && cp "$DOMAINCTL_CERT_FILE" "${folder}/$n/cert.pem"`
  const write = async (text: string) => {
    await writeFile(script, `#!/bin/sh\n${text}\n`)
    await chmod(script, 0o755)
  }
  await write(install)
  return {
    target: createExecTarget({ command: [script] }),
    certificate: certificateFor,
    placed: placedIn(folder),
    async breakIt() {
      await write('cat "$DOMAINCTL_KEY_FILE"; cat "$DOMAINCTL_KEY_FILE" >&2; exit 9')
      return () => write(install)
    },
    close: close(folder),
  }
})

describeDeployTarget('traefik', async () => {
  const folder = await folderFor()
  const dynamic = (name: string) => join(folder, 'dynamic', `${name.replace('*.', '_wildcard.')}.yml`)
  return {
    target: createTraefikTarget({ file: join(folder, 'dynamic', '{name}.yml'), folder: join(folder, 'tls', '{name}') }),
    certificate: certificateFor,
    async placed(name) {
      const text = await readFile(dynamic(name), 'utf8').catch(() => null)
      const [, file = ''] = /certFile: "(.*)"/.exec(text ?? '') ?? []
      return text === null ? null : leafIn(file)
    },
    async breakIt() {
      const path = dynamic('broken.example.test')
      const ours = await readFile(path)
      await writeFile(path, 'tls: {}')
      return () => writeFile(path, ours)
    },
    close: close(folder),
  }
})

describeDeployTarget('nginx, as far as its commands say', async () => {
  const folder = await folderFor()
  const verdict = join(folder, 'broken')
  return {
    target: createNginxTarget({
      folder: join(folder, '{name}'),
      test: ['sh', '-c', `test ! -e ${verdict} || { echo 'directive "oops" in nginx.conf:7' >&2; exit 1; }`],
      reload: ['true'],
      debounceMs: 20,
    }),
    certificate: certificateFor,
    placed: placedIn(folder),
    async breakIt() {
      await writeFile(verdict, '')
      return () => rm(verdict)
    },
    close: close(folder),
  }
})
