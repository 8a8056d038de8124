import { DomainctlError } from '../errors.ts'

/**
 * Reads the URL of a directory. An ACME server is spoken to by HTTPS (RFC 8555 §6.1); plain HTTP is for one on this
 * machine, such as the sandbox.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export function parseDirectoryUrl(ca: string): URL {
  const url = URL.parse(ca)
  if (url === null || !(url.protocol === 'https:' || url.protocol === 'http:')) {
    throw new DomainctlError('CONFIG_INVALID', `The CA is given as ${JSON.stringify(ca)}, which is not an https URL.`, {
      hint: 'Give the URL of the directory, such as https://acme-v02.api.letsencrypt.org/directory.',
    })
  }
  if (!isProtected(url, url)) {
    throw new DomainctlError('CONFIG_INVALID', `The URL of the CA, ${ca}, is not https, and ${url.host} is not this machine.`, {
      hint: `Give the https URL: https:${url.href.slice('http:'.length)}.`,
    })
  }
  return url
}

/** Whether nobody on the way can read or change what is sent to `url`, a URL that this directory or its CA named. */
export function isProtected(url: URL, directory: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && directory.protocol === 'http:' && isLoopback(url.hostname))
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(hostname) || hostname === '[::1]'
  )
}
