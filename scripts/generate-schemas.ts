import { schemaFiles } from '../packages/cli/src/schema/published.ts'

/** `docs/schema`: what commands print with `--json`, for programs that read it. */
export function generateSchemas(): { path: string; content: string }[] {
  return [...schemaFiles()].map(([file, schema]) => ({
    path: `docs/schema/${file}`,
    content: `${JSON.stringify(schema, null, 1)}\n`,
  }))
}
