// Writes what is made from the sources: provider registry and docs, error reference, guides.
// With --check nothing is written, and a file that is out of date fails.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateApi } from './generate-api.ts'
import { generateAudit } from './generate-audit.ts'
import { generateCommands } from './generate-commands.ts'
import { generateConfigSchema } from './generate-config-schema.ts'
import { generateConfiguration } from './generate-configuration.ts'
import { generateDecisions } from './generate-decisions.ts'
import { generateErrors } from './generate-errors.ts'
import { generateFaults } from './generate-faults.ts'
import { generateLifecycle } from './generate-lifecycle.ts'
import { generateNotifiers } from './generate-notifiers.ts'
import { generateReadme } from './generate-readme.ts'
import { generateRegistry } from './generate-registry.ts'
import { generateSchemas } from './generate-schemas.ts'
import { generateTargets } from './generate-targets.ts'
import { generateWriting } from './generate-writing.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')

const files = [
  ...(await generateRegistry(root)),
  ...(await generateNotifiers(root)),
  ...(await generateTargets(root)),
  ...generateApi(root),
  ...generateErrors(),
  ...generateFaults(),
  ...generateReadme(root),
  ...generateConfiguration(),
  ...(await generateConfigSchema()),
  ...generateAudit(root),
  ...generateCommands(),
  ...generateDecisions(root),
  ...generateLifecycle(root),
  ...generateWriting(root),
  ...generateSchemas(),
]
const stale = files.filter(
  ({ path, content }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== content,
)

if (check && stale.length > 0) {
  console.error(`generated files are out of date: ${stale.map(({ path }) => path).join(', ')}\nrun: npm run gen`)
  process.exitCode = 1
}
if (!check) {
  for (const { path, content } of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    console.log(`wrote ${path}`)
  }
}
