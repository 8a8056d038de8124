import { ERRORS, type ErrorKind } from '../packages/core/src/errors.ts'

const EXIT: Record<ErrorKind, number> = {
  internal: 1,
  usage: 2,
  'not-ready': 3,
  'ca-refused': 4,
  'ca-unavailable': 5,
  provider: 6,
  busy: 9,
  interrupted: 130,
}

/** `docs/errors.md`, from the table in `errors.ts`. */
export function generateErrors(): { path: string; content: string }[] {
  const sections = Object.entries(ERRORS).map(
    ([code, { kind, actor, about }]) => `## ${code}\n\n${about}\n\nWho acts: ${actor}. Exit code: ${EXIT[kind]}.\n`,
  )
  const head =
    '# Errors\n\nEvery error has one of these codes. Codes are stable. The message says what happened and why, the hint what to do next; `actor` is who usually has to act, an error may name another.\n\nThis file is generated from `packages/core/src/errors.ts` by `npm run gen`.\n'
  return [{ path: 'docs/errors.md', content: `${head}\n${sections.join('\n')}` }]
}
