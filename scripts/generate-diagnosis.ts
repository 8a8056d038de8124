import { PROBLEMS } from '../packages/core/src/domain/diagnosis/problems.ts'

/** `docs/guide/diagnosis.md`, from the table in `problems.ts`. */
export function generateDiagnosis(): { path: string; content: string }[] {
  const rows = Object.entries(PROBLEMS).map(([code, about]) => `| \`${code}\` | ${about} |`)
  return [
    { path: 'docs/guide/diagnosis.md', content: `${HEAD}\n| \`problem\` | what it means |\n|---|---|\n${rows.join('\n')}\n` },
  ]
}

const HEAD = `# What \`verify\` finds

\`verify\` asks every authoritative server of a zone for every record that a domain needs. What is not right has a code: one
of the table below, or where the DNS did not answer one of [errors.md](../errors.md), such as \`DNS_UNREACHABLE\` and
\`DNS_ZONE_NOT_FOUND\`. Codes are stable.

With the code come an explanation, who has to act, and the exact record to make or change (\`fix\`). Where a record was made
by mistake, \`fix.remove\` names it as it is now: take it away, or with \`"action": "change"\` make it the wanted one.

## How a slip is found

A value is a slip only where it cannot well be anything else, and every server that answers shows it. Any other value is
\`RECORD_WRONG\`, and a domain goes on only when the record is right: slips are told, not forgiven.

A record that is not there is looked for at the usual wrong places: its name with the zone twice, the name itself, the
label without its underscore, below the apex; for a CNAME of a website, addresses at its name; the name with or without
\`www.\` where both are wanted. The zone's own servers are asked, never a resolver, which would keep the answer that there is
no such name and show it to the CA.

## How much is asked

| | questions for one record |
|---|---|
| the record is right, wrong, or not yet at every server | one to each server |
| it is not there | and at most 4 to the first server that answered |
| it is at a wrong place | and one to each other server; for a doubled zone one to the first server, whether a wildcard answers there |

Before the first record of a name, its zone is looked for; what is known of it counts for a minute.

## The codes

This file is generated from \`packages/core/src/domain/diagnosis/problems.ts\` by \`npm run gen\`.
`
