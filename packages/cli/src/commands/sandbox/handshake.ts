import { readFile } from 'node:fs/promises'
import { DomainctlError, parseName, toDomainctlError } from '@domainctl/core'
import { type Handshake, handshake } from '@domainctl/sandbox'
import type { Surroundings } from '../../context.ts'
import { describeError, exitCodeOfAll, reportError } from '../../exit.ts'
import { mark } from '../../output/marks.ts'
import { printable } from '../../output/text.ts'
import { when } from '../../time.ts'
import { neededSandbox } from './needed-sandbox.ts'

type Outcome = { name: string } & ({ shown: Handshake; error?: undefined } | { error: DomainctlError })

/**
 * `sandbox handshake NAME…`: what the sandbox's HTTPS server shows for each name, verified as a browser would.
 * @throws DomainctlError `SANDBOX_NOT_RUNNING`
 */
export async function sandboxHandshake({ io, output }: Surroundings, names: readonly string[]): Promise<number> {
  const { SANDBOX_HTTPS: endpoint, DOMAINCTL_ISSUER_ROOT: root } = neededSandbox(io, ['SANDBOX_HTTPS', 'DOMAINCTL_ISSUER_ROOT'])
  const roots = await readRoots(root)
  const outcomes: Outcome[] = []
  for (const name of names) {
    io.signal.throwIfAborted()
    outcomes.push(await look(name, endpoint, roots))
  }
  const failed = outcomes.filter(({ error }) => error !== undefined).length
  if (output.json) {
    output.document({ results: outcomes.map(report), summary: { ok: outcomes.length - failed, failed, skipped: 0 } })
  } else {
    for (const outcome of outcomes) {
      if (outcome.error) output.complain(...describeError(outcome.error, { now: io.now(), output, name: outcome.name }))
      else output.print(...describe(outcome.name, outcome.shown, io.now(), mark(output.paint, 'ok')))
    }
  }
  return exitCodeOfAll(outcomes.map(({ error }) => error))
}

async function look(name: string, endpoint: string, roots: string): Promise<Outcome> {
  try {
    const parsed = parseName(name)
    if (parsed.wildcard) {
      throw new DomainctlError('USAGE', `${name}: a handshake is made with one name, not with a wildcard.`, {
        hint: `Such as www.${parsed.base}.`,
      })
    }
    return { name, shown: await handshake({ endpoint, name: parsed.name, roots }) }
  } catch (thrown) {
    return { name, error: toDomainctlError(thrown) }
  }
}

function report(outcome: Outcome) {
  if (outcome.error) return { name: outcome.name, ok: false, error: reportError(outcome.error) }
  const { names, issuer, serial, notBefore, notAfter, fingerprint, protocol, chain } = outcome.shown
  return { name: outcome.name, ok: true, names, issuer, serial, notBefore, notAfter, fingerprint, protocol, chain }
}

function describe(name: string, { names, issuer, serial, notAfter, protocol }: Handshake, now: Date, mark: string): string[] {
  return [
    `${mark} ${name} answers with a good certificate over ${protocol}.`,
    `  names    ${names.map(printable).join(', ')}`,
    `  issuer   ${printable(issuer)}`,
    `  serial   ${serial}`,
    `  expires  ${when(notAfter, now)}`,
  ]
}

async function readRoots(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DomainctlError(
      'SANDBOX_NOT_RUNNING',
      `The sandbox of this environment is gone: ${path} cannot be read (${cause.code ?? cause.message}).`,
      { hint: 'Open a shell with a new one: domainctl sandbox exec -- sh', cause },
    )
  })
}
