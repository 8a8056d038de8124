import { DomainctlError, type ErrorCode } from '@domainctl/core'
import { ApiFault } from './api.ts'

/**
 * Runs `calls`, and tells what went wrong as the error that domainctl acts on and people read.
 *
 * @param what was wanted, as in `write the TXT records of www.example.com`
 */
export async function telling<T>(what: string, calls: () => Promise<T>): Promise<T> {
  try {
    return await calls()
  } catch (thrown) {
    if (!(thrown instanceof ApiFault)) throw thrown
    const { code, hint } = verdictOn(thrown)
    const answer = thrown.status === undefined ? 'no answer came' : `HTTP ${thrown.status}`
    throw new DomainctlError(code, `PowerDNS did not ${what}: ${thrown.message} (${answer}).`, { hint, cause: thrown })
  }
}

function verdictOn({ status, message, isPassing }: ApiFault): { code: ErrorCode; hint: string } {
  if (isPassing) return { code: 'PROVIDER_UNREACHABLE', hint: 'Check that PowerDNS runs and that `url` leads to its web server.' }
  if (status === 401 || status === 403) {
    return { code: 'PROVIDER_AUTH', hint: 'Check `apiKey`, and `webserver-allow-from` in the configuration of PowerDNS.' }
  }
  if (status === 404) return { code: 'PROVIDER_ZONE_NOT_FOUND', hint: 'Check that the zone is on this server, and `server`.' }
  if (/conflicts? with/i.test(message)) {
    return { code: 'PROVIDER_CONFLICT', hint: 'A CNAME stands alone: remove what stands in the way, and repeat.' }
  }
  return { code: 'PROVIDER_REFUSED', hint: 'The message of PowerDNS says what it does not take: correct that, and repeat.' }
}
