import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Authority, makeAuthority, makeLeaf } from '../acme/certificates.test.support.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { openPostgresStore } from './open-postgres.ts'
import { NOBODY, type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'

type KeyAndPem = Awaited<ReturnType<typeof makeLeaf>>

const runtime = { clock: systemClock(), random: systemRandom() }
const KEY = '0f'.repeat(32)
const missing = postgresMissing('18')

describe.skipIf(missing !== null)('the way to a state in PostgreSQL', () => {
  const resources = new AsyncDisposableStack()
  let folder: string
  let server: PostgresServer
  let root: Authority
  let stranger: Authority
  let good: KeyAndPem

  const file = (name: string) => join(folder, name)
  async function write(name: string, content: string): Promise<string> {
    await writeFile(file(name), content, { mode: 0o600 })
    if (process.getuid?.() === 0) await chown(file(name), NOBODY, NOBODY)
    return file(name)
  }
  /** What the server shows from now on. */
  async function serve({ key, pem }: KeyAndPem): Promise<void> {
    await write('server.pem', pem)
    await write('server.key', key)
    await server.stop('fast')
    await server.start()
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    resources.defer(() => rm(folder, { recursive: true }))
    await chmod(folder, 0o755)
    root = await makeAuthority('Root')
    stranger = await makeAuthority('Stranger')
    good = await makeLeaf(root, ['localhost'])
    await write('root.pem', root.pem)
    await write('stranger.pem', stranger.pem)
    await write('server.pem', good.pem)
    await write('server.key', good.key)
    // A database for those with a certificate of their own, and one for those with TLS; the others are for all.
    await write(
      'hba.conf',
      `hostssl with_certificate all all scram-sha-256 clientcert=verify-ca
       hostssl with_tls all all scram-sha-256
       host with_tls,with_certificate all all reject
       host all all all scram-sha-256`,
    )
    server = resources.use(
      await startPostgres('18', {
        listen_addresses: 'localhost',
        ssl: 'on',
        ssl_cert_file: file('server.pem'),
        ssl_key_file: file('server.key'),
        ssl_ca_file: file('root.pem'),
        hba_file: file('hba.conf'),
      }),
    )
    for (const name of ['plain', 'with_tls', 'with_certificate']) await server.query(`create database ${name}`)
  }, 60_000)
  afterAll(() => resources.disposeAsync())

  /** What became of it: whether the session had TLS, or the error. */
  async function reached(parameters: Record<string, string>, { database = 'plain', host = 'localhost', at = server } = {}) {
    const url = new URL(at.url(database))
    url.hostname = host
    for (const [name, value] of Object.entries({ connect_timeout: '5', application_name: 'tls-test', ...parameters }))
      url.searchParams.set(name, value)
    try {
      const store = await openPostgresStore(url.href, { key: KEY, ...runtime })
      const { rows } = await at.query(
        `select bool_and(ssl) as ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'tls-test'`,
      )
      await store.close()
      return rows[0]?.ssl
    } catch (error) {
      return error
    }
  }

  it('has TLS where the server has it, unless it is not wanted', async () => {
    for (const parameters of [{}, { sslmode: 'allow' }, { sslmode: 'prefer' }, { sslmode: 'require' }, { sslmode: 'no-verify' }])
      expect(await reached(parameters), JSON.stringify(parameters)).toBe(true)
    expect(await reached({ sslmode: 'disable' })).toBe(false)
  })

  it('is to the server that the CA has signed for, where that is asked for', async () => {
    const sslrootcert = file('root.pem')
    for (const parameters of [{ sslmode: 'verify-full' }, { sslmode: 'verify-ca' }, { sslmode: 'require' }, {}])
      expect(await reached({ ...parameters, sslrootcert }), JSON.stringify(parameters)).toBe(true)
    for (const sslmode of ['verify-full', 'verify-ca', 'require'])
      expect(await reached({ sslmode, sslrootcert: file('stranger.pem') }), sslmode).toMatchObject({
        code: 'STATE_UNREADABLE',
        hint: expect.stringContaining('sslrootcert'),
      })
    for (const parameters of [{ sslmode: 'verify-full' }, { sslmode: 'verify-full', sslrootcert: 'system' }])
      expect(await reached(parameters)).toMatchObject({ code: 'STATE_UNREADABLE', hint: expect.stringContaining('sslrootcert') })
  })

  it('is to the name that was given, and in time', async () => {
    const sslrootcert = file('root.pem')
    const wrongName = { code: 'STATE_UNREADABLE', hint: expect.stringContaining('another name') }
    expect(await reached({ sslmode: 'verify-full', sslrootcert }, { host: '127.0.0.1' })).toMatchObject(wrongName)
    expect(await reached({ sslmode: 'verify-ca', sslrootcert }, { host: '127.0.0.1' })).toBe(true)

    await serve(await makeLeaf(root, ['localhost'], { notAfter: new Date('2021-01-01') }))
    const expired = { code: 'STATE_UNREADABLE', hint: expect.stringContaining('Renew the certificate') }
    for (const sslmode of ['verify-full', 'verify-ca']) expect(await reached({ sslmode, sslrootcert })).toMatchObject(expired)
    expect(await reached({ sslmode: 'require' })).toBe(true)
    await serve(good)
  })

  it('may need a certificate of the client', async () => {
    const database = 'with_certificate'
    const own = await makeLeaf(root, ['client'])
    const parameters = {
      sslmode: 'require',
      sslcert: await write('own.pem', own.pem),
      sslkey: await write('own.key', own.key),
    }
    expect(await reached(parameters, { database })).toBe(true)
    const wanted = { code: 'STATE_UNREADABLE', hint: expect.stringContaining('sslcert') }
    expect(await reached({ sslmode: 'require' }, { database })).toMatchObject(wanted)
    const strange = await makeLeaf(stranger, ['client'])
    const theirs = { sslcert: await write('their.pem', strange.pem), sslkey: await write('their.key', strange.key) }
    expect(await reached({ sslmode: 'require', ...theirs }, { database })).toMatchObject(wanted)
    expect(await reached({ ...parameters, sslkey: theirs.sslkey })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('is not the key of'),
    })
  })

  it('is not plain where the server or the client says so', async () => {
    expect(await reached({}, { database: 'with_tls' })).toBe(true)
    expect(await reached({ sslmode: 'disable' }, { database: 'with_tls' })).toMatchObject({ code: 'STATE_UNREADABLE' })
    await using plain = await startPostgres('15')
    for (const sslmode of ['require', 'verify-full'])
      expect(await reached({ sslmode }, { at: plain, database: 'postgres', host: '127.0.0.1' })).toMatchObject({
        code: 'STATE_UNREADABLE',
        hint: expect.stringContaining('ssl = on'),
      })
    for (const parameters of [{}, { sslmode: 'prefer' }])
      expect(await reached(parameters, { at: plain, database: 'postgres', host: '127.0.0.1' })).toBe(false)
  })

  it('is not looked for with files that are none', async () => {
    const broken = await write('broken.pem', 'no certificate')
    for (const [parameters, said] of [
      [{ sslmode: 'verify-full', sslrootcert: file('nowhere.pem') }, 'sslrootcert=FOLDER/nowhere.pem cannot be read'],
      [{ sslmode: 'verify-full', sslrootcert: broken }, 'sslrootcert=FOLDER/broken.pem holds no certificate'],
      [{ sslmode: 'verify-ca' }, 'needs the CA'],
      [{ sslmode: 'require', sslrootcert: 'system' }, 'sslrootcert=system goes with'],
      [{ sslmode: 'require', sslcert: broken }, 'sslcert and sslkey go together'],
      [{ sslmode: 'require', sslcert: file('root.pem'), sslkey: broken }, 'sslkey=FOLDER/broken.pem is no private key'],
      [{ sslmode: 'sometimes' }, 'its sslmode is none of'],
    ] as const)
      expect(await reached(parameters)).toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(said.replace('FOLDER', folder)),
      })
  })
})
