// Makes the registry of providers and their documentation from the manifests.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ProviderManifest } from '../packages/providers/src/manifest.ts'

/** A file of the repository that is made from other files; `path` is relative to its root. */
export interface GeneratedFile {
  path: string
  content: string
}

/**
 * `packages/providers/src/registry.gen.ts` and `docs/providers/<name>.md`, from each `dns/<name>/manifest.ts` under
 * `root`. Imports the manifests, so core has to be built. Writes nothing.
 */
export async function generateRegistry(root: string): Promise<GeneratedFile[]> {
  const source = join(root, 'packages', 'providers', 'src')
  const folders = readdirSync(join(source, 'dns'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const manifests: ProviderManifest[] = []
  for (const folder of folders) {
    const module: { manifest: ProviderManifest } = await import(pathToFileURL(join(source, 'dns', folder, 'manifest.ts')).href)
    if (module.manifest.name !== folder) throw new Error(`dns/${folder}/manifest.ts has the name ${module.manifest.name}`)
    manifests.push(module.manifest)
  }
  return [
    { path: 'packages/providers/src/registry.gen.ts', content: registry(manifests) },
    ...manifests.map((manifest) => ({ path: `docs/providers/${manifest.name}.md`, content: page(manifest) })),
  ]
}

function registry(manifests: readonly ProviderManifest[]): string {
  return `// Made by scripts/generate-registry.ts from the manifests: \`npm run gen\` writes it anew.
import type { RegisteredProvider } from './manifest.ts'

/** All providers by name. Nothing of a provider is loaded before \`load\` is called. */
export const providers = {
${manifests.map(entry).join('')}} as const satisfies Readonly<Record<string, RegisteredProvider>>

/** Name of a provider that domainctl comes with. */
export type ProviderName = keyof typeof providers
`
}

function entry(manifest: ProviderManifest): string {
  const options = Object.entries(manifest.options).map(([key, option]) => {
    const { aliases, secret } = option
    const others = aliases === undefined ? '' : `, aliases: [${aliases.map(quote).join(', ')}]`
    const { required } = presence(manifest, key)
    const env = quote(variableOf(manifest, key, option))
    return `      ${key}: { env: ${env}${others}, secret: ${secret === true}, required: ${required} },\n`
  })
  return `  ${manifest.name}: {
    title: ${quote(manifest.title)},
    options: {${options.length === 0 ? '' : `\n${options.join('')}    `}},
${manifest.setUpBy === undefined ? '' : `    setUpBy: [${manifest.setUpBy.map(quote).join(', ')}],\n`}    load: () => import('./dns/${manifest.name}/index.ts'),
  },
`
}

function page(manifest: ProviderManifest): string {
  return `<!-- Made from packages/providers/src/dns/${manifest.name}/manifest.ts: \`npm run gen\` writes it anew. -->

# ${manifest.title}

Name: \`${manifest.name}\`

${manifest.help}

## Settings

${Object.keys(manifest.options).length === 0 ? 'None.\n' : settings(manifest)}${otherNames(manifest)}
## Example

\`\`\`sh
${example(manifest)}\`\`\`
`
}

function settings(manifest: ProviderManifest): string {
  const rows = Object.entries(manifest.options).map(([key, option]) => {
    const { secret, help } = option
    const env = variableOf(manifest, key, option)
    const { required, fallback } = presence(manifest, key)
    const initial = required ? 'required' : fallback === undefined ? 'none' : `\`${String(fallback)}\``
    return `| \`${key}\` | \`${env}\` | ${secret === true ? 'yes' : 'no'} | ${initial} | ${help} |\n`
  })
  return `| key | environment | secret | default | what it is |\n|---|---|---|---|---|\n${rows.join('')}${secrets(manifest)}`
}

/** How a secret is given without its standing in the environment. */
function secrets(manifest: ProviderManifest): string {
  const first = Object.values(manifest.options).find(({ secret }) => secret)
  if (first === undefined) return ''
  return `
A secret may stand in a file: \`${first.env}_FILE=/run/secret\` or \`${first.env}=file:/run/secret\`. The configuration file says
where it is, \`env:NAME\` or \`file:PATH\`, and never the secret itself.
`
}

/** The variables of other tools that are understood too. */
function otherNames(manifest: ProviderManifest): string {
  const rows = Object.values(manifest.options).flatMap(({ env, aliases = [] }) =>
    aliases.length === 0 ? [] : [`| \`${env}\` | ${aliases.map((name) => `\`${name}\``).join(', ')} |\n`],
  )
  if (rows.length === 0) return ''
  return `
The variables of other tools are understood in their place, those of secrets with \`_FILE\` too. Two that are set have to say
the same. In a sandbox only the names on the left count.

| instead of | |
|---|---|
${rows.join('')}`
}

function example(manifest: ProviderManifest): string {
  const exports = Object.entries(manifest.options)
    .filter(([key]) => presence(manifest, key).required)
    .map(([key, option]) => `export ${variableOf(manifest, key, option)}=${option.example}\n`)
  return `${exports.join('')}domainctl issue www.example.com --provider ${manifest.name}\n`
}

/** One that domainctl comes with can be set up by the environment alone. */
function variableOf(manifest: ProviderManifest, key: string, { env }: { env?: string }): string {
  if (env === undefined) throw new Error(`${manifest.name}: the option ${key} has no environment variable`)
  return env
}

/** What the schema says to an option that is not given. */
function presence(manifest: ProviderManifest, key: string): { required: boolean; fallback?: unknown } {
  const schema = manifest.schema.shape[key]
  if (schema === undefined) throw new Error(`${manifest.name}: the option ${key} is not in the schema`)
  const absent = schema['~standard'].validate(undefined)
  if (absent instanceof Promise) throw new Error(`${manifest.name}: the schema of ${key} must not be asynchronous`)
  return absent.issues === undefined ? { required: false, fallback: absent.value } : { required: true }
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
