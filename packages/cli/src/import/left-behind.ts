/** A command as it is told: the program alone, since there may be secrets among its arguments. */
export function programOf(command: string): string {
  const [program = '', ...others] = command.trim().split(/\s+/)
  const shown = program.includes('=') ? '' : program
  return [shown, ...(others.length > 0 || shown === '' ? ['…'] : [])].filter((word) => word !== '').join(' ')
}

/** What to do for HTTP-01 with the folder that a web server serves. */
export function webrootInstead(webroot: string, others: number): string {
  const one = `Set DOMAINCTL_HTTP01_WEBROOT=${webroot} (http01Webroot).`
  return others === 0
    ? one
    : `${one} There is one for all domains: let the servers of the others serve /.well-known/acme-challenge/ from it.`
}

/** The same where the client had a port of its own, or a web server that it changed. */
export function listenInstead(isFree: boolean): string {
  if (isFree) return 'Set DOMAINCTL_HTTP01_LISTEN=:80 (http01Listen): domainctl listens there while it proves a name.'
  return 'The web server has port 80: give domainctl a webroot that it serves (DOMAINCTL_HTTP01_WEBROOT), see docs/guide/http-01.md.'
}
