import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DeployedCertificate, type DeployTarget, DomainctlError, defineDeployTarget } from '@domainctl/core'
import type { ProviderRuntime } from '../../manifest.ts'
import { commandEnv, withoutKey, withoutValues } from '../command-env.ts'
import { runCommand } from '../run-command.ts'
import { refuse } from '../target-files.ts'
import { makeKeyFolder, noteGroup, sweepKeyFolders } from './key-folder.ts'

/** Options of {@link execTarget}, parsed. */
export interface ExecOptions {
  command: readonly string[]
  timeoutMs: number
  cwd?: string | undefined
  passEnv: readonly string[]
}

/** A target that is a program of somebody. */
export function execTarget({ command, timeoutMs, cwd, passEnv }: ExecOptions, { clock }: ProviderRuntime): DeployTarget {
  return defineDeployTarget({
    async deploy(certificate, { signal, reason }) {
      signal.throwIfAborted()
      const [cutKey, cutValues] = [withoutKey(certificate), withoutValues(passEnv)]
      await sweepKeyFolders().catch(refuse)
      const folder = await makeKeyFolder().catch(refuse)
      try {
        const env = {
          ...commandEnv(passEnv),
          ...(await certificateEnv(folder, certificate).catch(refuse)),
          DOMAINCTL_REASON: reason,
        }
        const run = { argv: command, env, timeoutMs, ...(cwd !== undefined && { cwd }) }
        const ended = await runCommand(run, {
          clock,
          signal,
          clean: (text) => cutValues(cutKey(text)),
          started: (group) => noteGroup(folder, group),
        })
        if (ended.ok) return { changed: true }
        throw new DomainctlError('DEPLOY_FAILED', `The command ${command[0]} has failed: ${ended.how}.`, {
          hint: 'Mend what it says, or the command of the target; then run: domainctl deploy NAME.',
        })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  })
}

async function certificateEnv(folder: string, certificate: DeployedCertificate): Promise<Record<string, string>> {
  const { privateKey, chain, fullchain, name, names, serial, fingerprint, notAfter } = certificate
  const write = async (file: string, content: string) => {
    const path = join(folder, file)
    await writeFile(path, content, { mode: 0o600, flag: 'wx' })
    return path
  }
  return {
    DOMAINCTL_NAME: name,
    DOMAINCTL_NAMES: names.join(','),
    DOMAINCTL_SERIAL: serial,
    DOMAINCTL_FINGERPRINT: fingerprint,
    DOMAINCTL_NOT_AFTER: notAfter.toISOString(),
    DOMAINCTL_CERT_FILE: await write('cert.pem', certificate.certificate),
    DOMAINCTL_CHAIN_FILE: await write('chain.pem', chain),
    DOMAINCTL_FULLCHAIN_FILE: await write('fullchain.pem', fullchain),
    ...(privateKey !== undefined && { DOMAINCTL_KEY_FILE: await write('privkey.pem', privateKey) }),
  }
}
