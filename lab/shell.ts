// Inside of the lab's namespace: starts a lab, runs a command (or a shell) with its environment, stops the lab.
// Started by scripts/lab.ts.
import { runCommand } from '../scripts/child.ts'
import { type Lab, startLab } from './lab.ts'

const [dns, ...command] = process.argv.slice(2)
if (dns !== 'bind' && dns !== 'knot') throw new Error('usage: shell.ts bind|knot [COMMAND…]')

const lab = await startLab({ dns })
try {
  if (command.length === 0) console.error(guide(lab))
  const chosen = command.length === 0 ? [process.env.SHELL ?? 'sh'] : command
  // The command needs the lab, so it ends with it.
  process.exitCode = await runCommand(['setpriv', '--pdeathsig', 'KILL', '--', ...chosen], {
    ...process.env,
    ...lab.env,
    LAB_PORT: String(lab.authoritativePort),
    LAB_PARENT: lab.addresses.parent,
    LAB_PRIMARY: lab.addresses.primary,
    LAB_SECONDARY: lab.addresses.secondary,
    LAB_VALIDATION_SECONDARY: lab.addresses.validationSecondary,
    LAB_RESOLVER: lab.addresses.resolver,
    LAB_TSIG_KEY_FILE: lab.tsigKeyFile,
    LAB_HTTP_PORT: String(lab.pebble.httpPort),
  })
} finally {
  await lab.stop()
}

function guide(running: Lab): string {
  return `The lab runs until this shell ends: Pebble at ${running.ca}, name servers by ${dns}.
  zones      ${running.zones.primary}, ${running.zones.validation} (both updated at ${running.rfc2136.nameserver})
  look       dig -p $LAB_PORT @$LAB_RESOLVER ${running.zones.primary} SOA      (also $LAB_PARENT, $LAB_PRIMARY, $LAB_SECONDARY)
  change     printf 'server %s %s\\nupdate add a.${running.zones.primary} 60 A 127.0.0.1\\nsend\\n' $LAB_PRIMARY $LAB_PORT | nsupdate -k $LAB_TSIG_KEY_FILE
  HTTP-01    is looked for at port $LAB_HTTP_PORT
  domainctl  DOMAINCTL_CA, DOMAINCTL_RESOLVER, RFC2136_… are set`
}
