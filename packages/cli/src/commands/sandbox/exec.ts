import type { Surroundings } from '../../context.ts'
import { printError } from '../../exit.ts'
import type { SandboxFlags } from './flags.ts'
import { withOwnCommand } from './own-command.ts'
import { runChild } from './run-child.ts'
import { startFromFlags } from './running.ts'

/**
 * Variables that lead to a real state, real name servers or real accounts. Choices such as DOMAINCTL_EMAIL stay: they are the
 * pipeline's. Of AWS those that go before its access keys, or name a zone.
 */
const REAL_PLACES =
  /^(RFC2136_|CLOUDFLARE_|GODADDY_|ROUTE53_|AWS_(PROFILE|SESSION_TOKEN|HOSTED_ZONE_ID|ENDPOINT_URL)(_FILE)?$|DOMAINCTL_(STATE|ENCRYPTION_KEY|TENANT)(_FILE)?$)/

/** `sandbox exec -- CMD ARGS…`: a sandbox for as long as a command runs, and that command's exit code. */
export async function sandboxExec(
  { io, output }: Surroundings,
  [file = '', ...args]: readonly string[],
  flags: SandboxFlags,
): Promise<number> {
  const running = await startFromFlags(flags, io)
  try {
    const env = await withOwnCommand({ ...withoutRealPlaces(io.env), ...running.environment }, io.self, running.scratch)
    const ended = await runChild([file, ...args], { cwd: io.cwd, env, takeSignals: io.takeSignals })
    if (typeof ended === 'number') return ended
    printError(ended.error, io, output)
    return ended.code
  } finally {
    await running.stop()
  }
}

function withoutRealPlaces(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !REAL_PLACES.test(name)))
}
