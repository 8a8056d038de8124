import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { providers, type RegisteredOption, type RegisteredProvider } from '../packages/providers/src/index.ts'
import { generateRegistry } from './generate-registry.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

it('makes what is in the repository: after a change of a manifest, run `npm run gen`', async () => {
  for (const { path, content } of await generateRegistry(root)) expect(readFileSync(join(root, path), 'utf8'), path).toBe(content)
})

it('registers each provider under its name, with the options of its manifest', async () => {
  expect(Object.keys(providers)).toEqual(['cloudflare', 'godaddy', 'manual', 'rfc2136', 'route53'])
  for (const [name, registered] of Object.entries(providers)) {
    const { manifest } = await registered.load()
    expect(manifest.name).toBe(name)
    expect(registered.title).toBe(manifest.title)
    for (const [key, { secret, required: _, ...names }] of Object.entries(registered.options)) {
      expect(manifest.options[key]).toMatchObject({ ...names, ...(secret && { secret }) })
    }
  }
  expect(providers.rfc2136.options.tsigSecret).toEqual({ env: 'RFC2136_TSIG_SECRET', secret: true, required: true })
})

it('has each variable, other names of it among them, for one option alone', () => {
  const registered: RegisteredProvider[] = Object.values(providers)
  const names = registered.flatMap(({ options }) =>
    Object.values(options).flatMap(({ env, aliases = [], secret }) =>
      [env, ...aliases].flatMap((name) => (secret ? [name, `${name}_FILE`] : [name])),
    ),
  )
  expect(names).toContain('CF_API_TOKEN_FILE')
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

it('documents each option of each provider', async () => {
  const pages = new Map((await generateRegistry(root)).map(({ path, content }) => [path, content]))
  for (const [name, { options }] of Object.entries(providers)) {
    const page = pages.get(`docs/providers/${name}.md`)
    for (const option of Object.values<RegisteredOption>(options)) {
      for (const env of [option.env, ...(option.aliases ?? [])]) expect(page).toContain(`\`${env}\``)
      if (option.secret) expect(page).toContain(`file:/run/secret`)
    }
    expect(page).toContain(`--provider ${name}`)
  }
})
