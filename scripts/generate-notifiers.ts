// Makes the registry of notifiers and their documentation from the manifests.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { NotifierManifest } from '../packages/providers/src/notify/manifest.ts'
import type { GeneratedFile } from './generate-registry.ts'

/**
 * `packages/providers/src/notifiers.gen.ts` and `docs/notifiers/<name>.md`, from each `notify/<name>/manifest.ts` under `root`.
 * Imports the manifests, so core has to be built. Writes nothing.
 */
export async function generateNotifiers(root: string): Promise<GeneratedFile[]> {
  const source = join(root, 'packages', 'providers', 'src', 'notify')
  const folders = readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const manifests: NotifierManifest[] = []
  for (const folder of folders) {
    const module: { manifest: NotifierManifest } = await import(pathToFileURL(join(source, folder, 'manifest.ts')).href)
    if (module.manifest.name !== folder) throw new Error(`notify/${folder}/manifest.ts has the name ${module.manifest.name}`)
    manifests.push(module.manifest)
  }
  return [
    { path: 'packages/providers/src/notifiers.gen.ts', content: registry(manifests) },
    ...manifests.map((manifest) => ({ path: `docs/notifiers/${manifest.name}.md`, content: page(manifest) })),
  ]
}

function registry(manifests: readonly NotifierManifest[]): string {
  return `// Made by scripts/generate-notifiers.ts from the manifests: \`npm run gen\` writes it anew.
import type { RegisteredNotifier } from './notify/manifest.ts'

/** All types of channels by name. Nothing of one is loaded before \`load\` is called. */
export const notifiers = {
${manifests.map(entry).join('')}} as const satisfies Readonly<Record<string, RegisteredNotifier>>

/** Type of a channel that domainctl comes with. */
export type NotifierName = keyof typeof notifiers
`
}

function entry(manifest: NotifierManifest): string {
  const options = Object.entries(manifest.options).map(([key, { env, secret }]) => {
    const variable = env === undefined ? '' : `env: '${env}', `
    return `      ${key}: { ${variable}secret: ${secret === true}, required: ${presence(manifest, key).required} },\n`
  })
  return `  ${manifest.name}: {
    title: '${manifest.title}',
    options: {
${options.join('')}    },
    load: () => import('./notify/${manifest.name}/index.ts'),
  },
`
}

function page(manifest: NotifierManifest): string {
  const rows = Object.entries(manifest.options).map(([key, { secret, help, env }]) => {
    const { required, fallback } = presence(manifest, key)
    const initial = required ? 'required' : fallback === undefined ? 'none' : `\`${String(fallback)}\``
    const variable = env === undefined ? '' : `\`${env}\``
    return `| \`${key}\` | ${secret === true ? 'yes' : 'no'} | ${initial} | ${variable} | ${help} |\n`
  })
  const example = Object.entries(manifest.options)
    .filter(([key, { secret }]) => presence(manifest, key).required || secret)
    .map(
      ([key, { secret, example, env }]) =>
        `      ${key}: ${secret ? `env:${env ?? `${manifest.name}_${key}`.toUpperCase()}` : example}\n`,
    )
  return `<!-- Made from packages/providers/src/notify/${manifest.name}/manifest.ts: \`npm run gen\` writes it anew. -->

# ${manifest.title}

Type: \`${manifest.name}\`

${manifest.help}

## Settings

| key | secret | default | environment | what it is |
|---|---|---|---|---|
${rows.join('')}
The configuration file says where a secret is, \`env:NAME\` or \`file:PATH\`, and never the secret itself.

## Example

\`\`\`yaml
notifications:
  channels:
    ops:
      type: ${manifest.name}
${example.join('')}\`\`\`

What goes to which channel, and how it is tried: [the guide](../guide/notifications.md).
`
}

/** What the schema says to an option that is not given. */
function presence(manifest: NotifierManifest, key: string): { required: boolean; fallback?: unknown } {
  const absent = manifest.schema.shape[key]?.['~standard'].validate(undefined)
  if (absent === undefined || absent instanceof Promise) throw new Error(`${manifest.name}: the schema has no plain ${key}`)
  return absent.issues === undefined ? { required: false, fallback: absent.value } : { required: true }
}
