import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { runIn, temporaryFolder } from '../../packages/cli/src/command.test.support.ts'
import { faultOf } from '../../packages/cli/src/schema/checked-output.test.support.ts'
import { type Block, blocksOf, pages } from './markdown.ts'

const blocks = pages().flatMap(blocksOf)
const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language))

/** A key of the configuration at the top: what has none of them is for another program. */
const OURS = /^(?:ca|cas|email|acceptTos|provider|providers|zones|targets|notifications|maintenance|state|tenant)\b/m
/** What a block that begins further in stands below. */
const ABOVE =
  'notifications:\n  channels:\n    ops: { type: slack, url: env:U }\n    pager: { type: slack, url: env:U }\n    shop-team: { type: slack, url: env:U }\n'
/** Its package is in no registry; examples/dns-provider holds it to the suite of providers. */
const FOREIGN = 'domainctl-provider-powerdns'

const configurations = of('yaml', 'yml').map((block) => ({
  ...block,
  text: block.text.startsWith('  ') ? ABOVE + block.text : block.text,
}))

it('every block of YAML is YAML, and JSON is JSON', () => {
  const wrong: string[] = []
  for (const { at, text } of configurations) tried(() => parse(text), at, wrong)
  for (const { at, text } of of('json')) tried(() => JSON.parse(wholeJson(text)), at, wrong)
  expect(wrong).toEqual([])
})

/** Of a file that is shown in part, `"key": …,` alone. */
function wholeJson(text: string): string {
  return text.startsWith('"') ? `{${text.trim().replace(/,$/, '')}}` : text
}

function tried(reading: () => unknown, at: string, wrong: string[]): void {
  try {
    reading()
  } catch (error) {
    wrong.push(`${at}: ${(error as Error).message}`)
  }
}

it('there are configurations', () => {
  expect(configurations.filter(({ text }) => OURS.test(text)).length).toBeGreaterThan(12)
})

it.each(configurations.filter(({ text }) => OURS.test(text) && !text.includes(FOREIGN)))(
  'the configuration of $at is taken',
  async ({ text }) => {
    const folder = await temporaryFolder()
    expect(await shownConfiguration(folder, text)).toEqual({ code: 0, stderr: '' })
  },
)

it.each(['targets: { web: { type: nginx, foldr: /etc/tls } }', 'provder: main\nca: letsencrypt', 'zones: { example.com: none }'])(
  'a configuration %s would be found',
  async (text) => {
    expect(await shownConfiguration(await temporaryFolder(), text)).toMatchObject({ code: 2 })
  },
)

/** Secrets are where the configuration says. */
async function shownConfiguration(folder: string, text: string): Promise<{ code: number; stderr: string }> {
  const secrets = [...text.matchAll(/\benv:(\w+)/g)].map(([, name = '']) => [name, secretFor(name)])
  const there = text.replaceAll(/\bfile:(\/[\w/.-]+)/g, (_, path: string) => `file:${join(folder, path)}`)
  for (const [, path = ''] of text.matchAll(/\bfile:(\/[\w/.-]+)/g)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), 'a-secret-of-twenty-bytes\n', { mode: 0o600 })
  }
  await writeFile(join(folder, 'domainctl.config.yaml'), there)
  const { code, stderr } = await runIn(folder, ['config', 'show'], { env: Object.fromEntries(secrets) })
  return { code, stderr }
}

function secretFor(name: string): string {
  if (/URL/.test(name)) return 'https://hooks.example.com/services/T000/B000/X'
  return name.includes('HMAC') ? 'c2VjcmV0LW9mLXRoZS1rZXktMzItb2N0ZXRzLWxvbmc' : 'c2VjcmV0LW9mLXRoZS1rZXktMzItb2N0ZXRzLWxvbmc='
}

it('what webhooks get is as it is shown', () => {
  expect(faultOf('post-notices.json', jsonAt('docs/guide/notifications.md'))).toBeNull()
  // What is too long for a page is cut there.
  const posted = jsonAt('docs/targets/webhook.md')
  expect(faultOf('post-certificate.json', { ...posted, fingerprint: 'a'.repeat(64) })).toBeNull()
})

function jsonAt(page: string): Record<string, unknown> {
  const [block] = of('json').filter(({ at }: Block) => at.startsWith(`${page}:`))
  return JSON.parse(block?.text ?? '')
}
