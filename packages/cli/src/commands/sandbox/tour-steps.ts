/** One step of the tour. */
export interface TourStep {
  /** What is going on. */
  about: string
  /** Arguments of `domainctl`; of two commands, the first one's output goes into the second. */
  commands: readonly (readonly string[])[]
  /** The exit code that it has when all is well. */
  exitCode: number
}

const NAME = 'shop.example.test'
const FILES = `certs/${NAME}`
const HANDSHAKE = ['sandbox', 'handshake', NAME, `www.${NAME}`]

/** What people read before the first step. */
export const TOUR_BEGIN =
  "A domain's way to HTTPS, on this machine alone: a CA, name servers and an HTTPS server run on loopback until the tour ends, and the commands are the real ones. Nothing leaves this machine, and all files are removed at the end."

/** The main road, from a name that a customer typed in to its renewed certificate. */
export const TOUR_STEPS: readonly TourStep[] = [
  {
    about: `A customer wants ${NAME}, and all names below it, to be served by you at edge.example.test. Adding it asks nobody; it says which DNS records the customer has to make. The records for the CA are not the customer's job: with --provider rfc2136, domainctl writes and removes them itself.`,
    commands: [
      ['add', NAME, '--wildcard', ...['--ownership', 'txt'], ...['--target', 'edge.example.test'], ...['--provider', 'rfc2136']],
    ],
    exitCode: 0,
  },
  {
    about:
      'This is meant to fail, with exit code 3 (not ready): the customer has made no record yet. verify asks the authoritative name servers, and says what is missing and who acts.',
    commands: [['verify', NAME]],
    exitCode: 3,
  },
  {
    about: "Now the customer makes the records. Here sandbox publish stands in for the panel of the customer's DNS provider.",
    commands: [
      ['records', NAME, '--json'],
      ['sandbox', 'publish'],
    ],
    exitCode: 0,
  },
  { about: 'Now verify finds both records.', commands: [['verify', NAME]], exitCode: 0 },
  {
    about:
      'The certificate: domainctl orders it, writes the challenge records, waits until every name server shows them, lets the CA look, and takes its records away again.',
    commands: [['issue', NAME, '--accept-tos']],
    exitCode: 0,
  },
  {
    about: 'Certificate and key as files, for any web server.',
    commands: [['export', NAME, '--out', FILES]],
    exitCode: 0,
  },
  {
    about: "The sandbox's HTTPS server serves what lies in certs. Does it show the right certificate?",
    commands: [HANDSHAKE],
    exitCode: 0,
  },
  {
    about: 'Renewal comes by itself when it is due (domainctl renew, from cron). Here it is forced.',
    commands: [['renew', NAME, '--force']],
    exitCode: 0,
  },
  {
    about: 'The new files replace the old ones as a set.',
    commands: [['export', NAME, '--out', FILES]],
    exitCode: 0,
  },
  { about: 'The server shows the new certificate: another serial number.', commands: [HANDSHAKE], exitCode: 0 },
]

/**
 * What people read after the last step.
 * @param command how the command is called where it is not on PATH: `npx domainctl`
 */
export function tourEnd(command: string): string[] {
  return [
    'That was the whole way. What to type next:',
    '',
    `  ${command} sandbox exec --serve certs -- sh`,
    '      a shell with a new, empty sandbox, in which all of the above works',
    `  ${command} add shop.example.com`,
    '      the first step with a domain of your own; it says what comes next',
    `  ${command} --help`,
    '      all commands and options',
  ]
}
