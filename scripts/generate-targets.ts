// Makes the registry of deployment targets and their documentation from the manifests.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TargetManifest } from '../packages/providers/src/target-manifest.ts'
import type { GeneratedFile } from './generate-registry.ts'

/**
 * `packages/providers/src/target-registry.gen.ts` and `docs/targets/<name>.md`, from each `deploy/<name>/manifest.ts` under `root`; a
 * `guide.md` beside it goes to the end of the page.
 * Imports the manifests, so core has to be built. Writes nothing.
 */
export async function generateTargets(root: string): Promise<GeneratedFile[]> {
  const source = join(root, 'packages', 'providers', 'src', 'deploy')
  const folders = readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const manifests: TargetManifest[] = []
  for (const folder of folders) {
    const module: { manifest: TargetManifest } = await import(pathToFileURL(join(source, folder, 'manifest.ts')).href)
    if (module.manifest.name !== folder) throw new Error(`deploy/${folder}/manifest.ts has the name ${module.manifest.name}`)
    manifests.push(module.manifest)
  }
  return [
    { path: 'packages/providers/src/target-registry.gen.ts', content: registry(manifests) },
    ...manifests.map((manifest) => ({
      path: `docs/targets/${manifest.name}.md`,
      content: page(manifest) + guideIn(join(source, manifest.name)),
    })),
  ]
}

function registry(manifests: readonly TargetManifest[]): string {
  const entries = manifests.map(
    ({ name, title }) => `  ${name}: { title: '${title}', load: () => import('./deploy/${name}/index.ts') },\n`,
  )
  return `// Made by scripts/generate-targets.ts from the manifests: \`npm run gen\` writes it anew.
import type { RegisteredTarget } from './target-manifest.ts'

/** All types of targets by name. Nothing of one is loaded before \`load\` is called. */
export const targets = {
${entries.join('')}} as const satisfies Readonly<Record<string, RegisteredTarget>>

/** Name of a type of targets that domainctl comes with. */
export type TargetName = keyof typeof targets
`
}

function guideIn(folder: string): string {
  const file = join(folder, 'guide.md')
  return existsSync(file) ? `\n${readFileSync(file, 'utf8')}` : ''
}

function page(manifest: TargetManifest): string {
  const { name, title, help, options } = manifest
  const rows = Object.entries(options).map(
    ([key, option]) => `| \`${key}\` | ${usual(manifest, key)} | ${option.help} | \`${option.example}\` |`,
  )
  return `<!-- Made from packages/providers/src/deploy/${name}/manifest.ts: \`npm run gen\` writes it anew. -->

# ${title}

Type: \`${name}\`

${help}

## Settings

Beside these every target has \`proveAt\`, \`proveNames\` and \`proveTimeoutMs\`: see [deploy.md](../guide/deploy.md).

| key | default | what it is | such as |
|---|---|---|---|
${rows.join('\n')}
${secrets(options)}
## Example

\`\`\`yaml
targets:
  web:
    type: ${name}
${Object.entries(options)
  .filter(([key]) => usual(manifest, key) === 'required')
  .map(([key, { example }]) => `    ${key}: ${/[{}]/.test(example) ? `'${example}'` : example}\n`)
  .join('')}    proveAt: ["127.0.0.1:443"]
\`\`\`
`
}

/** What is to be known of them, where there are any. */
function secrets(options: TargetManifest['options']): string {
  const keys = Object.entries(options).flatMap(([key, { secret }]) => (secret ? [`\`${key}\``] : []))
  return keys.length === 0
    ? ''
    : `\n${keys.join(', ')}: the file says where it is, \`env:NAME\` or \`file:PATH\`, and never the secret itself.\n`
}

/** What the schema says to an option that is not given. */
function usual(manifest: TargetManifest, key: string): string {
  const absent = manifest.schema.shape[key]?.['~standard'].validate(undefined)
  if (absent === undefined || absent instanceof Promise)
    throw new Error(`${manifest.name}: the option ${key} has no schema of its own`)
  if (absent.issues !== undefined) return 'required'
  return absent.value === undefined ? 'none' : `\`${JSON.stringify(absent.value)}\``
}
