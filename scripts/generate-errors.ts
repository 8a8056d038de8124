import { EXIT_CODES } from '../packages/cli/src/exit.ts'
import { ERRORS } from '../packages/core/src/errors.ts'

/** `docs/errors.md`, from the table in `errors.ts`. */
export function generateErrors(): { path: string; content: string }[] {
  const sections = Object.entries(ERRORS).map(
    ([code, { kind, actor, about }]) => `## ${code}\n\n${about}\n\nWho acts: ${actor}. Exit code: ${EXIT_CODES[kind]}.\n`,
  )
  const head =
    '# Errors\n\nEvery error has one of these codes. Codes are stable. The message says what happened and why, the hint what to do next; `actor` is who usually has to act, an error may name another.\n\nThis file is generated from `packages/core/src/errors.ts` by `npm run gen`.\n'
  return [{ path: 'docs/errors.md', content: `${head}\n${sections.join('\n')}` }]
}
