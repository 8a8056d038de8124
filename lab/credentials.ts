import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Sandbox } from '@domainctl/sandbox'
import type { Secret } from './secret-search.ts'

/** Types of providers that have a credential. */
export const TYPES = ['cloudflare', 'route53', 'godaddy', 'rfc2136'] as const
export type Type = (typeof TYPES)[number]

/** Where a credential is given: in variables, in files that variables name, or where a configuration file refers to. */
export const WAYS = ['variables', 'files', 'env: references', 'file: references'] as const
export type Way = (typeof WAYS)[number]

/** A value of a provider: the variable of the environment and the option of the configuration file. */
interface Value {
  variable: string
  /** Absent where only the SDK of AWS looks for it. */
  option?: string
  value: string
}

/** A provider with its credential, on a sandbox. */
export interface Credential {
  type: Type
  secrets: (Value & Secret)[]
  settings: Value[]
  /** Makes each call fail from now on; answers what ends that. */
  fail(how: Failure): () => void
  /** Keeps each call that writes waiting; resolves when one has come. */
  holdWrites(): Promise<void>
  close(): Promise<void>
}

export type Failure = '500' | 'hang-up' | '429' | 'echo'

/** @param wrong with a credential of the right form that nobody has */
export async function credentialOf(type: Type, sandbox: Sandbox, { wrong = false } = {}): Promise<Credential> {
  const { cloudflare, godaddy, route53 } = sandbox.apis
  const secret = (variable: string, option: string | undefined, right: string): Value & Secret => {
    const value = wrong ? other(right) : right
    return { name: variable, variable, ...(option !== undefined && { option }), value }
  }
  const setting = (variable: string, option: string | undefined, value: string): Value => ({
    variable,
    ...(option !== undefined && { option }),
    value,
  })
  const close = async () => {}
  switch (type) {
    case 'cloudflare': {
      const { apiToken, baseUrl } = cloudflare.options
      const secrets = [secret('CLOUDFLARE_API_TOKEN', 'apiToken', apiToken)]
      return {
        type,
        secrets,
        settings: [setting('CLOUDFLARE_BASE_URL', 'baseUrl', baseUrl)],
        ...byFaults(cloudflare, secrets),
        close,
      }
    }
    case 'godaddy': {
      const { apiKey, apiSecret, baseUrl } = godaddy.options
      const secrets = [secret('GODADDY_API_KEY', 'apiKey', apiKey), secret('GODADDY_API_SECRET', 'apiSecret', apiSecret)]
      return { type, secrets, settings: [setting('GODADDY_BASE_URL', 'baseUrl', baseUrl)], ...byFaults(godaddy, secrets), close }
    }
    case 'route53': {
      const { endpoint, region, credentials } = route53.options
      const secrets = [secret('AWS_SECRET_ACCESS_KEY', undefined, credentials.secretAccessKey)]
      const settings = [
        setting('AWS_ENDPOINT_URL_ROUTE_53', 'endpoint', endpoint),
        setting('AWS_REGION', 'region', region),
        setting('AWS_ACCESS_KEY_ID', undefined, credentials.accessKeyId),
      ]
      return { type, secrets, settings, ...byFaults(route53, secrets), close }
    }
    case 'rfc2136': {
      const { nameserver, tsigKey, tsigSecret, tsigAlgorithm } = sandbox.rfc2136
      const gate = await openGate(Number(nameserver.split(':')[1]))
      const secrets = [secret('RFC2136_TSIG_SECRET', 'tsigSecret', tsigSecret)]
      const settings = [
        setting('RFC2136_NAMESERVER', 'nameserver', `127.0.0.1:${gate.port}`),
        setting('RFC2136_TSIG_KEY', 'tsigKey', tsigKey),
        setting('RFC2136_TSIG_ALGORITHM', 'tsigAlgorithm', tsigAlgorithm),
      ]
      return { type, secrets, settings, ...gate }
    }
  }
}

/**
 * Puts the secrets where this way has them, and writes the configuration file where it has one. Answers the environment.
 * @param aside a folder for files with secrets
 */
export async function give(credential: Credential, way: Way, { aside, work }: Record<'aside' | 'work', string>) {
  const { type, secrets, settings } = credential
  const env: Record<string, string> = {}
  const isInFile = way === 'files' || way === 'file: references'
  const lines = [`    type: ${type}`]
  for (const { variable, option, value } of settings) {
    // AWS's own variables set a provider up as well: that one must not look for the real AWS.
    const isOfAws = way === 'env: references' && variable.startsWith('AWS_')
    if (option === undefined || isOfAws || !way.includes('references')) env[variable] = value
    if (option !== undefined && way.includes('references')) lines.push(`    ${option}: ${JSON.stringify(value)}`)
  }
  for (const { variable, option, value } of secrets) {
    const file = join(aside, variable)
    if (isInFile) await writeFile(file, option === undefined ? awsFile(credential) : `${value}\n`, { mode: 0o600 })
    if (option === undefined && isInFile) env.AWS_SHARED_CREDENTIALS_FILE = file
    else if (way === 'files') env[`${variable}_FILE`] = file
    else if (way === 'file: references') lines.push(`    ${option}: ${JSON.stringify(`file:${file}`)}`)
    else if (way === 'env: references' && option !== undefined) {
      env[`OUR_${variable}`] = value
      lines.push(`    ${option}: env:OUR_${variable}`)
    } else env[variable] = value
  }
  if (env.AWS_SHARED_CREDENTIALS_FILE !== undefined) delete env.AWS_ACCESS_KEY_ID
  if (way.includes('references')) {
    await writeFile(join(work, 'domainctl.config.yaml'), ['providers:', '  mine:', ...lines, ''].join('\n'))
  }
  return { env, provider: way.includes('references') ? 'mine' : type }
}

/** As the SDK of AWS finds it in its own file. */
function awsFile({ secrets, settings }: Credential): string {
  const id = settings.find(({ variable }) => variable === 'AWS_ACCESS_KEY_ID')?.value
  return `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secrets[0]?.value}\n`
}

/** Of the same form and length. */
function other(secret: string): string {
  const bytes = Buffer.from(secret, 'base64')
  // A key of TSIG that is no base64 would be refused before anybody is asked.
  if (bytes.toString('base64') === secret) return Buffer.from(bytes.map((byte) => byte ^ 0x55)).toString('base64')
  return secret.replace(/[A-Za-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + (/[a-m]/i.test(letter) ? 13 : -13)))
}

/** An API of the sandbox, as far as it is alike for all. */
interface FaultyApi {
  readonly requests: Readonly<Record<string, number>>
  addFault(fault: { operation: never; answer: never }): { readonly hits: number; remove(): void }
}

function byFaults(api: FaultyApi, secrets: readonly Secret[]): Pick<Credential, 'fail' | 'holdWrites'> {
  const everywhere = (answer: unknown, which: (operation: string) => boolean = () => true) => {
    const operations = Object.keys(api.requests).filter(which)
    return operations.map((operation) => api.addFault({ operation: operation as never, answer: answer as never }))
  }
  return {
    fail(how) {
      const faults = everywhere(how === 'hang-up' ? how : answerOf(how, secrets))
      return () => {
        for (const fault of faults) fault.remove()
      }
    },
    holdWrites() {
      const { promise, resolve } = Promise.withResolvers<void>()
      const { promise: never } = Promise.withResolvers<void>()
      const delay = () => {
        resolve()
        return never
      }
      everywhere({ delay }, (operation) => /^(create|add|Change)/.test(operation))
      return promise
    },
  }
}

/** In the form of all of them at once; `echo` is a careless server that says what it was sent. */
function answerOf(how: Exclude<Failure, 'hang-up'>, secrets: readonly Secret[]) {
  const said = how === 'echo' ? `no access with ${secrets.map(({ value }) => value).join(':')}` : 'busy'
  const body = { success: false, result: null, errors: [{ code: 10_000, message: said }], code: 'REFUSED', message: said }
  if (how === '429') return { status: 429, headers: { 'retry-after': '3600' }, body }
  return { status: how === 'echo' ? 403 : 500, headers: { 'x-said': said }, body }
}

/** A port that leads to a name server, until it shall not. */
async function openGate(target: number) {
  let failing: Failure | 'hold' | undefined
  const { promise: held, resolve: hold } = Promise.withResolvers<void>()
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer((client) => {
    keep(client)
    if (failing !== undefined && failing !== 'hold') return void client.destroy()
    const upstream = keep(connect(target, '127.0.0.1'))
    client.on('data', (message: Buffer) => {
      // RFC 1035 §4.1.1, behind the two octets of the length: the opcode is 5 for an update (RFC 2136 §1.3).
      if (failing === 'hold' && ((message[4] ?? 0) >> 3) % 16 === 5) return hold()
      upstream.write(message)
    })
    upstream.pipe(client)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    fail(how: Failure) {
      failing = how
      for (const socket of sockets) socket.destroy()
      return () => {
        failing = undefined
      }
    },
    holdWrites() {
      failing = 'hold'
      return held
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
