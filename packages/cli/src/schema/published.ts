import { COMMON } from './common.ts'
import { ANY_COMMAND, DOCUMENTS } from './documents.ts'
import { LINES, POSTS } from './lines.ts'
import { anyOf, type Schema } from './shape.ts'

const DRAFT = 'https://json-schema.org/draft/2020-12/schema'

/** `sandbox start` → `sandbox-start`. */
const fileOf = (name: string) => name.replaceAll(' ', '-')

function published(file: string, description: string, schema: Schema): [string, Schema] {
  return [file, { $schema: DRAFT, $id: file, description, ...schema }]
}

/** Every file of docs/schema by its name. A command that fails before its first name prints `{ error }` in place of its document. */
export function schemaFiles(): Map<string, Schema> {
  const errorDocument: Schema = { $ref: 'error.json' }
  return new Map([
    published('common.json', 'What several documents of domainctl have in common.', { $defs: COMMON }),
    published('error.json', 'What any command prints with --json when it fails before its first name.', ANY_COMMAND.error),
    published('help.json', 'What --help --json prints.', ANY_COMMAND.help),
    published('version.json', 'What --version --json prints.', ANY_COMMAND.version),
    ...Object.entries(DOCUMENTS).flatMap(([name, schema]) =>
      schema === null
        ? []
        : [published(`${fileOf(name)}.json`, `What domainctl ${name} --json prints.`, anyOf(schema, errorDocument))],
    ),
    ...Object.entries(LINES).map(([name, schema]) =>
      published(`${fileOf(name)}-line.json`, `One of the JSON lines that domainctl ${name} prints.`, schema),
    ),
    published('post-notices.json', 'What a webhook for notices gets.', POSTS.notices),
    published('post-certificate.json', 'What the deployment target webhook posts.', POSTS.certificate),
  ])
}
