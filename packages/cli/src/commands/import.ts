import { DomainctlError, type DomainctlError as Failure } from '@domainctl/core'
import type { Context } from '../context.ts'
import { exitCodeOfAll } from '../exit.ts'
import { importAccounts } from '../import/accounts.ts'
import { type CertificateFlags, type CertificateResult, importOne } from '../import/certificates.ts'
import type { FoundCertificate, Installation, Unusable } from '../import/found.ts'
import { findInstallation } from '../import/installation.ts'
import { accountLines, endLines, importDocument, resultLinesOf } from '../output/imported.ts'
import { printable } from '../output/text.ts'

export interface ImportFlags extends CertificateFlags {
  only?: string[]
  /** False with `--no-accounts`. */
  accounts?: boolean
}

/** `import CLIENT [DIR]`: takes over what another client keeps; its folder is only read. */
export async function importFrom(context: Context, words: string[], flags: ImportFlags): Promise<number> {
  const { io, output } = context
  const installation = await findInstallation(words, io)
  const chosen = chosenOf(installation, flags.only)
  const certificates = chosen.filter((one): one is FoundCertificate => !('why' in one))
  const domainctl = await context.domainctl()
  const { client, folder } = installation
  output.note(
    `${client} in ${printable(folder)}: ${counted(chosen.length, 'certificate')}, ${counted(installation.accounts.length, 'account')}.`,
  )
  const taken = flags.accounts === false ? [] : installation.accounts
  const accounts = await importAccounts(context, domainctl, { client, accounts: taken, certificates }, flags)
  if (!output.json) output.print(...accountLines([...accounts.values()], output.paint))
  const results: CertificateResult[] = []
  for (const found of chosen) {
    io.signal.throwIfAborted()
    const result = await importOne({ context, domainctl, client, accounts, flags }, found)
    results.push(result)
    if (!output.json) resultLinesOf(result, context)
  }
  const told = { installation, accounts: [...accounts.values()], results, dryRun: flags.dryRun ?? false }
  if (output.json) output.document(importDocument(told))
  else endLines(told, context)
  const outcomes: (Failure | undefined)[] = [
    ...results.map(({ error }) => error),
    // One that is taken over is no name that is done.
    ...[...accounts.values()].flatMap(({ error }) => error ?? []),
  ]
  return exitCodeOfAll(outcomes)
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

/** Those that `--only` names: by what the client calls them. */
function chosenOf({ certificates, client }: Installation, only: string[] | undefined): (FoundCertificate | Unusable)[] {
  if (!only) return certificates
  const isMeant = (wanted: string, one: FoundCertificate | Unusable) =>
    one.label === wanted || ('primary' in one && one.primary === wanted)
  for (const wanted of only) {
    if (certificates.some((one) => isMeant(wanted, one))) continue
    throw new DomainctlError('USAGE', `${client} has no certificate ${JSON.stringify(wanted)} there.`, {
      hint: `It has: ${
        certificates
          .map(({ label }) => label)
          .slice(0, 20)
          .join(', ') || 'none'
      }.`,
    })
  }
  return certificates.filter((one) => only.some((wanted) => isMeant(wanted, one)))
}
