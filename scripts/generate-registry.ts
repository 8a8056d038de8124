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
  const options = Object.entries(manifest.options).map(([key, { env, secret }]) => {
    const { required } = presence(manifest, key)
    return `      ${key}: { env: ${quote(env)}, secret: ${secret === true}, required: ${required} },\n`
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

${Object.keys(manifest.options).length === 0 ? 'None.\n' : settings(manifest)}
## Example

\`\`\`sh
${example(manifest)}\`\`\`
`
}

function settings(manifest: ProviderManifest): string {
  const rows = Object.entries(manifest.options).map(([key, { env, secret, help }]) => {
    const { required, fallback } = presence(manifest, key)
    const initial = required ? 'required' : fallback === undefined ? 'none' : `\`${String(fallback)}\``
    return `| \`${key}\` | \`${env}\` | ${secret === true ? 'yes' : 'no'} | ${initial} | ${help} |\n`
  })
  return `| key | environment | secret | default | what it is |\n|---|---|---|---|---|\n${rows.join('')}`
}

function example(manifest: ProviderManifest): string {
  const exports = Object.entries(manifest.options)
    .filter(([key]) => presence(manifest, key).required)
    .map(([, option]) => `export ${option.env}=${option.example}\n`)
  return `${exports.join('')}domainctl issue www.example.com --provider ${manifest.name}\n`
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
