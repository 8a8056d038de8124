import { EXPECTED_OF_CA } from '../packages/cli/src/config/ca-schema.ts'
import { SETTINGS, type Setting } from '../packages/cli/src/config/settings.ts'
import { expectedOf } from '../packages/cli/src/config/values.ts'
import { KNOWN_CAS } from '../packages/core/src/domain/known-cas.ts'

/** docs/guide/configuration.md from the table of settings that the command itself reads. */
export function generateConfiguration(): { path: string; content: string }[] {
  const rows = (Object.entries(SETTINGS) as [string, Setting][]).map(([key, setting]) => row(key, setting))
  return [{ path: 'docs/guide/configuration.md', content: `${BEFORE}\n${rows.join('\n')}\n${AFTER}${casSection()}` }]
}

function row(key: string, setting: Setting): string {
  const variable = `\`${setting.env}\`${setting.type === 'secret' ? ` or \`${setting.env}_FILE\`` : ''}`
  const flag = setting.flag === undefined ? '' : `\`${setting.flag.replace('|', '\\|')}\``
  const usual = setting.default === undefined ? '' : `\`${setting.default}\``
  return `| \`${key}\` | ${flag} | ${variable} | ${expectedOf(setting)} | ${usual} | ${setting.help} |`
}

/** The CAs that go by a name, and what can be said of each. */
function casSection(): string {
  const known = Object.entries(KNOWN_CAS).map(([name, { directory, caaIdentities, externalAccountFrom }]) => {
    const account = externalAccountFrom === undefined ? '' : `[needed](${externalAccountFrom})`
    return `| \`${name}\` | ${directory} | \`${caaIdentities[0]}\` | ${account} |`
  })
  const keys = Object.entries(EXPECTED_OF_CA).map(([key, expected]) => `| \`cas.NAME.${key}\` | ${expected} |`)
  return `${CAS}\n${known.join('\n')}\n${OF_EACH_CA}\n${keys.join('\n')}\n${AFTER_CAS}`
}

const CAS = `
## Notifications

\`notifications\` says who is told what, by Slack, Teams, mail or webhook: [notifications.md](notifications.md). Without a file,
\`SLACK_WEBHOOK_URL\` and \`TEAMS_WEBHOOK_URL\` set up a channel each.

## CAs

\`ca\` takes these names, names of your own from \`cas\`, and URLs of ACME directories
([certificate-authorities.md](certificate-authorities.md)):

| name | directory | in CAA records | external account |
|---|---|---|---|`

const OF_EACH_CA = `
\`cas\` says what is to be known of single CAs, under a known name or one of your own, which then needs a directory. Each directory
has one name.

| key | value |
|---|---|`

const AFTER_CAS = `
\`\`\`yaml
ca: [letsencrypt, zerossl, house]
cas:
  zerossl:
    eabKid: the-key-id
    eabHmacKey: env:ZEROSSL_HMAC
  house:
    directory: https://ca.house.example/acme/directory
    root: house-root.pem
\`\`\`

\`eabKid\` and \`eabHmacKey\` beside \`ca\` are for a single CA. As a flag or a variable they go before what the file says of it.
`

const BEFORE = `<!-- Made by scripts/generate-configuration.ts from packages/cli/src/config/settings.ts: \`npm run gen\` writes it anew. -->
# Configuration

A value comes from the first of these that has it: a flag, the environment, the configuration file, the default.
\`domainctl config show\` prints the merged result and where each value came from.

\`domainctl init\` [makes the file](#making-it), \`domainctl config check\` [says what is wrong with it](#checking-it).

The file is \`domainctl.config.yaml\`, \`.yml\` or \`.json\` in the working directory, or the one that \`--config FILE\`
(\`DOMAINCTL_CONFIG\`) names; folders above are not searched, nor is \`package.json\`. A file that is code is loaded only when it
is [named](#a-configuration-that-is-code). An unknown key, a value of the wrong type, or two files side by side are errors.
Relative paths start from the file that they stand in; those of flags and variables from the working directory.

| key | flag | environment | value | default | what it is |
|---|---|---|---|---|---|`

const AFTER = `
In the environment a list is separated by commas, and a boolean is \`true\` or \`false\` (also \`1\`, \`0\`, \`yes\`, \`no\`,
\`on\`, \`off\`). A variable that is empty counts as not set.

## Making it

\`domainctl init\` asks for the contact address, the CA, the DNS provider and the state, a question each, and tries each answer: the
CA is asked for its terms, which you accept or not, the provider what its credential may do, the state whether it can be opened or
made. Then it writes \`domainctl.config.yaml\`, whole or not at all, and says what comes next. It makes nothing else: no account, no
state. Credentials are read from the environment and never written; the file says which variables it needs. What the environment
sets is not asked for. Ctrl-C writes nothing (exit 130).

In a script flags are the answers. Where nobody can be asked (\`--no-input\`, \`--json\`, no terminal) it names all that are missing:

\`\`\`sh
domainctl init --email you@example.com --accept-tos --provider cloudflare --no-input
domainctl init --email you@example.com --accept-tos --provider manual --dry-run   # prints the file
\`\`\`

Other options of the command line, such as \`--concurrency 4\`, are written into the file as well. A file that is there stays, but
for \`--force\`. What fails there ends it with the exit code of that failure; \`--no-check\` tries nothing. \`--yes\` takes what is usual
without asking, and never accepts terms: \`--accept-tos\` does.

## Checking it

\`domainctl config check\` says everything that is wrong with the file, the environment and the flags, each with its line and what
mends it, and does no work: it connects to nothing and opens no state. It ends with 2 for an error. Warnings, which leave the exit
code 0, are what is probably not meant: a password in the file, a reference to a secret that leads nowhere here or that others can
read, settings that contradict each other, a mistyped variable. What only asking can show \`domainctl doctor\` [says](doctor.md).

\`\`\`text
✖  domainctl.config.yaml:1:1: emial is no setting.
   Did you mean email?
domainctl.config.yaml: 1 error.
\`\`\`

## In an editor

The [JSON Schema](../schema/config.schema.json) of the file is in the package (\`domainctl/config.schema.json\`). The first line that
\`init\` writes tells editors with the YAML language server where it is: in \`node_modules\` where domainctl is installed there, which
works offline, else at unpkg.com in the version that wrote it. A file of JSON may have a key \`$schema\` for that.

## A configuration that is code

A \`.js\`, \`.mjs\`, \`.cjs\`, \`.ts\`, \`.mts\` or \`.cts\` file has the configuration as its default export; Node takes the types out by
itself. \`defineConfig\` gives an editor the types, and costs nothing:

\`\`\`ts
import { defineConfig } from 'domainctl/config'

export default defineConfig({
  email: 'you@example.com',
  acceptTos: true,
  provider: 'cloudflare',
})
\`\`\`

Code runs with all that domainctl may do, so it runs only when somebody names it: \`--config domainctl.config.ts\` or
\`DOMAINCTL_CONFIG=domainctl.config.ts\`. One that lies in the working directory and was not named is an error, not passed over:
without it domainctl would work with another CA, or another state, than the one that it names. What has to be awaited is awaited
in the module (\`export default await …\`), for 30 seconds at most.

## Resolvers

\`resolver\` names the recursive resolvers, several if you like, each in one of these forms:

| form | what it is |
|---|---|
| \`192.0.2.53\` \`192.0.2.53:5353\` \`2001:db8::53\` \`[2001:db8::53]:5353\` | over UDP and TCP, at port 53 where none is given |
| \`https://dns.example/dns-query\` | over HTTPS (RFC 8484, HTTP/2), where port 53 is blocked or changed on the way |

They have two tasks: finding (which zone holds a name, what addresses its name servers have) and judging (what others can
see). When you name resolvers, they do both. When you name none, those of this machine find, and three public ones judge
(1.1.1.1, 8.8.8.8 and 9.9.9.9), because a resolver of your own network may show an internal view. Judges decide only with
\`propagation: recursive\`, by the greater part of them: 2 of 3. No judge is asked for a record before the zone's own
servers show it.

The host of a URL is looked up by this machine; an address in its place needs no look-up: \`https://9.9.9.9/dns-query\`.
A URL has no user, password or fragment, and \`http://\` is refused. A redirection is not followed. When the certificate
comes from a root of your own company, name that root in the environment as Node has it: \`NODE_EXTRA_CA_CERTS=root.pem\`.

## The state

Commands that only look (\`list\`, \`show\`, \`records\`, \`doctor\`, \`history\`, \`audit\`, \`export\`, \`challenge\`) make no state and change none: one that
is not there is empty to them, and one that may be read but not written is read.

## Secrets

A secret never stands in the configuration file. The file refers to it: \`env:NAME\` is a variable, \`file:PATH\` a file that
holds nothing else. In the environment, \`NAME_FILE\` names such a file in place of \`NAME\`; both together are an error.

## Providers and zones

\`\`\`yaml
email: you@example.com
acceptTos: true
provider: main
providers:
  main:
    type: rfc2136
    nameserver: ns1.example.com:53
    tsigKey: domainctl
    tsigSecret: env:MAIN_TSIG_SECRET
zones:
  internal.example.com: manual
\`\`\`

\`targets\` are where certificates serve: [deploy.md](deploy.md).

\`providers\` gives names of your choice to credentials; [docs/providers](../providers) lists the types and their options.
\`zones\` says which of them writes the records of a zone (the longest zone wins), \`provider\` which one all others get. A zone
is written as people do (\`Bücher.example.\`) and holds all names below it; a wildcard is none. A provider whose variables are
set in the environment is there under the name of its type without being configured, and \`manual\` is always there.
[providers.md](providers.md) says which one a name gets, and how they are tried.

Beside the names of these variables, those that other tools use for the same are understood (\`CF_API_TOKEN\`, \`GD_Key\`,
\`ROUTE53_HOSTED_ZONE_ID\` …); each provider's page lists them. Two that are set to different values are an error.

A type that is none of ours is the package of somebody else, \`type: domainctl-provider-powerdns\`, or a file beside the
configuration, \`type: ./acme.js\`. Since that is code, it is loaded only from a configuration that \`--config\` or
\`DOMAINCTL_CONFIG\` names. [docs/providers/writing.md](../providers/writing.md) shows how one is written.
`
