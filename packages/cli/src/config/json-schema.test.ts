import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv, type ValidateFunction } from 'ajv'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runIn, temporaryFolder } from '../command.test.support.ts'
import { configJsonSchema } from './json-schema.ts'
import { SETTINGS } from './settings.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
let validate: ValidateFunction

beforeAll(async () => {
  validate = new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true }).compile(
    await configJsonSchema(),
  )
})

/** What is wrong by the schema, and whether the command finds an error as well. */
async function judged(text: string): Promise<{ bySchema: boolean; byCommand: boolean; why: unknown }> {
  const folder = await temporaryFolder()
  writeFileSync(join(folder, 'domainctl.config.yaml'), text)
  const ran = await runIn(folder, ['config', 'check', '--json', '--config', 'domainctl.config.yaml'], { env: ENV })
  const { ok, problems } = ran.json() as { ok: boolean; problems: unknown[] }
  const bySchema = validate(parse(text) ?? {})
  return { bySchema, byCommand: ok, why: { schema: validate.errors, command: problems } }
}

const ENV = { KEY: '00'.repeat(32), HMAC: 'aG1hYw' }

const GOOD = [
  '',
  '$schema: ./config.schema.json\nemail: a@example.com\nacceptTos: true\n',
  'ca: letsencrypt\nconcurrency: auto\npropagationTimeout: 90s\n',
  'ca: [letsencrypt, zerossl]\nconcurrency: 4\nencryptionKey: env:KEY\n',
  'providers: { cf: { type: cloudflare, apiToken: "env:KEY" }, lab: { type: rfc2136, nameserver: "127.0.0.1:53", tsigKey: k, tsigSecret: "env:KEY", timeoutMs: 5000 } }\n',
  'providers: { powerdns: { type: domainctl-provider-powerdns, anything: 1 } }\n',
  'zones: { example.com: manual }\n',
  'targets: { web: { type: nginx, folder: "/etc/tls/{name}", proveAt: ["127.0.0.1:443"], proveTimeout: 10s } }\n',
  'targets: { hook: { type: exec, command: [/usr/bin/true] } }\n',
  'cas: { house: { directory: "https://ca.house.test/d", limits: { orders: { count: 3, per: 3h } } }, zerossl: { eabKid: k, eabHmacKey: "env:HMAC" } }\n',
  'notifications: { channels: { ops: { type: slack, url: "env:KEY" } }, routes: [{ channels: [ops], severity: warning }], group: 30s }\n',
  'maintenance: [{ from: 2126-12-01T22:00:00Z, to: 2126-12-02T02:00:00+02:00, names: [example.com], labels: { team: web } }]\n',
]

const BAD = [
  'emial: a@example.com\n',
  'email: nobody\n',
  'tenant: "a b"\n',
  'acceptTos: maybe\n',
  'concurrency: 0\n',
  'concurrency: all\n',
  'challenge: dns-02\n',
  'encryptionKey: 0123456789abcdef\n',
  'propagationTimeout: 90\n',
  'propagationTimeout: 90x\n',
  'state: mysql://x\n',
  'ca: [""]\n',
  'providers: { cf: { apiToken: "env:KEY" } }\n',
  'providers: { cf: { type: cloudflare } }\n',
  'providers: { cf: { type: cloudflare, apiToken: plain } }\n',
  'providers: { cf: { type: cloudflare, apiToken: "env:KEY", zoneid: x } }\n',
  'targets: { web: { type: nginks } }\n',
  'targets: { web: { type: files } }\n',
  'targets: { "a b": { type: files, folder: /etc/tls } }\n',
  'targets: { web: { type: files, folder: /etc/tls, proveNames: some } }\n',
  'cas: { house: { directory: "https://ca.house.test/d", limits: { orders: { count: 0, per: 3h } } } }\n',
  'cas: { zerossl: { eabKid: k } }\n',
  'cas: { zerossl: { eabKid: k, eabHmacKey: plain } }\n',
  'notifications: { routes: [] }\n',
  'notifications: { channels: { ops: { type: slak } } }\n',
  'notifications: { channels: { ops: { type: slack, url: "env:KEY" } }, routes: [{ channels: [ops], severity: bad }] }\n',
  'maintenance: [{ from: 2026-12-01, to: 2026-12-02T02:00:00Z }]\n',
]

describe('the JSON Schema of the configuration', () => {
  it.each(GOOD)('takes what the command takes: %j', async (text) => {
    const { bySchema, byCommand, why } = await judged(text)
    expect({ bySchema, byCommand }, JSON.stringify(why)).toEqual({ bySchema: true, byCommand: true })
  })

  it.each(BAD)('refuses what the command refuses: %j', async (text) => {
    const { bySchema, byCommand, why } = await judged(text)
    expect({ bySchema, byCommand }, JSON.stringify(why)).toEqual({ bySchema: false, byCommand: false })
  })

  it.each(documented())('takes the configuration of %s', (_, text) => {
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
  })

  it('says what every setting is', async () => {
    const { properties } = (await configJsonSchema()) as { properties: Record<string, { description?: string }> }
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(SETTINGS)))
    for (const [key, { description }] of Object.entries(properties))
      if (key !== 'maintenance') expect(description, key).toBeTruthy()
  })
})

/** Blocks of YAML in the documentation that begin with a setting or a section of a configuration. */
function documented(): [string, string][] {
  const files = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'))
  const keys = [...Object.keys(SETTINGS), 'providers', 'zones', 'targets', 'cas', 'notifications', 'maintenance']
  return [
    ...files.map((file) => join('docs', file)),
    'README.md',
    'examples/dns-provider/README.md',
    'examples/ci/README.md',
  ].flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^```ya?ml\n(.*?)^```/gms)].flatMap(([, text = ''], place) =>
      keys.some((key) => text.split('\n').some((line) => line.startsWith(`${key}:`)))
        ? [[`${file}, block ${place + 1}`, text] as [string, string]]
        : [],
    ),
  )
}
