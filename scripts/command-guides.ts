/** By the first word of a command: the pages that tell more than its options, as title and path below `docs`. */
export const GUIDES: Readonly<Record<string, readonly (readonly [title: string, path: string])[]>> = {
  add: [
    ['concepts', 'guide/concepts.md'],
    ['delegation', 'guide/delegation.md'],
    ['records made for you', 'guide/apply.md'],
    ['the HTTP probe', 'guide/http-probe.md'],
  ],
  verify: [
    ['what `verify` finds', 'guide/diagnosis.md'],
    ['all findings', 'errors.md#what-checks-find'],
  ],
  issue: [
    ['certificate authorities', 'guide/certificate-authorities.md'],
    ['HTTP-01', 'guide/http-01.md'],
    ['limits and retries', 'guide/retries.md'],
  ],
  renew: [
    ['when certificates are renewed', 'guide/certificate-authorities.md#when-certificates-are-renewed'],
    ['fleets', 'guide/fleets.md'],
  ],
  deploy: [['where certificates serve', 'guide/deploy.md']],
  init: [
    ['quick start', 'guide/quick-start.md'],
    ['making the configuration', 'guide/configuration.md#making-it'],
  ],
  import: [['moving here', 'guide/migrating.md']],
  list: [['what the command prints', 'guide/output.md#list']],
  show: [['concepts', 'guide/concepts.md']],
  records: [['delegation', 'guide/delegation.md']],
  doctor: [
    ['is it fit for work', 'guide/doctor.md'],
    ['what checks find', 'guide/diagnosis.md'],
    ['limits of CAs', 'guide/retries.md'],
  ],
  health: [['health', 'guide/health.md']],
  history: [
    ['what the command prints', 'guide/output.md#history-and-audit'],
    ['audit', 'guide/audit.md'],
  ],
  audit: [['audit', 'guide/audit.md']],
  export: [['certificates as files', 'guide/export.md']],
  remove: [
    ['back again', 'guide/apply.md#back-again'],
    ['removed names', 'guide/running.md#removed-names'],
  ],
  release: [['removed names', 'guide/running.md#removed-names']],
  suspend: [['concepts', 'guide/concepts.md']],
  resume: [['concepts', 'guide/concepts.md']],
  revoke: [['revoking', 'guide/certificate-authorities.md#revoking']],
  account: [['accounts at CAs', 'guide/accounts.md']],
  challenge: [['HTTP-01', 'guide/http-01.md#from-the-state']],
  providers: [['DNS providers', 'guide/providers.md']],
  config: [['configuration', 'guide/configuration.md']],
  run: [
    ['leave it running', 'guide/running.md'],
    ['when something is tried again', 'guide/retries.md#when-it-is-tried-again'],
  ],
  notify: [['notifications', 'guide/notifications.md']],
  state: [
    ['where the state is', 'guide/state.md'],
    ['backup and restore', 'guide/backup.md'],
    ['upgrading', 'guide/upgrading.md'],
  ],
  sandbox: [['the sandbox', 'guide/sandbox.md']],
}

/** How a command ends, where that is not what the exit codes say by themselves. */
export const ENDS: Readonly<Record<string, string>> = {
  verify: 'Exit code 3 as long as a record is missing or wrong, 0 when everything is right.',
  issue: 'Exit code 3 when records have to be made by hand first: make them, and run the same command again.',
  health: 'Exit code 8 when a name is unhealthy, 3 when nothing can be said of it.',
  challenge: 'Exit code 3 when no order waits for the token.',
  run: 'Exit code 0 when it was told to stop: that is how it ends. With `--once` that of what failed.',
  import: 'Exit code 7 when some could not be imported. What was imported stays, and the same command does the rest.',
  'config check': 'Exit code 2 when something is wrong; warnings leave it 0.',
  'state migrate': 'With `--check`: exit code 3 when there is something to do.',
  'state verify': 'Exit code 8 when there is an error in the state, 2 when it cannot be opened at all.',
  'sandbox exec':
    'Exit code: that of the command; 128 + n when signal n ended it, 127 when it is not found, 126 when it cannot be run.',
  'sandbox handshake': 'Exit code 3 when the server shows no good certificate for a name.',
}
