import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.ts'

const cli = fileURLToPath(new URL('../../packages/cli', import.meta.url))

/** A registry on loopback that has the command as it would be published, and nothing else. */
export interface NpmRegistry extends AsyncDisposable {
  url: string
  /** Paths that were asked for. */
  readonly asked: string[]
}

/** Packs the command into the folder and serves it as this version. */
export async function startNpmRegistry(folder: string, version: string): Promise<NpmRegistry> {
  const env = { HOME: folder, npm_config_cache: join(folder, 'npm-cache') }
  const packed = await runProgram(['npm', 'pack', cli, '--pack-destination', folder, '--ignore-scripts', '--json'], {
    cwd: folder,
    env,
  })
  if (packed.code !== 0) throw new Error(`npm pack failed: ${packed.stderr}`)
  const [{ filename }] = Object.values(JSON.parse(packed.stdout)) as [{ filename: string }]
  const tarball = await readFile(join(folder, basename(filename)))
  const manifest = JSON.parse(await readFile(join(cli, 'package.json'), 'utf8'))
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/domainctl.tgz') return void response.end(tarball)
    if (request.url !== '/domainctl') return void response.writeHead(404).end('{}')
    const published = { ...manifest, version, dist: { tarball: `${url}/domainctl.tgz`, integrity } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name: 'domainctl', 'dist-tags': { latest: version }, versions: { [version]: published } }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
