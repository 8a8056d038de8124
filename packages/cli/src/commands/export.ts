import { resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { nextAfterFailure } from '../next.ts'

export interface ExportFlags {
  out: string
}

/** A file of this name that is there may be the very key: it is left alone. */
const KEY_ELSEWHERE =
  'No privkey.pem was written: the certificate was issued for a certificate request, and its key is with whoever made that.'

/**
 * `export NAME --out DIR`: the certificate and its key as PEM files.
 * @throws DomainctlError `USAGE` without a folder
 */
export async function exportCertificate(context: Context, name: string, flags: ExportFlags): Promise<number> {
  if (flags.out.trim() === '') {
    throw new DomainctlError('USAGE', '--out: expected a folder for the files, found nothing.', {
      hint: 'Such as --out /etc/tls/shop, or --out . for the working directory.',
    })
  }
  const { replaceFiles } = await import('../replace-files.ts')
  const folder = resolve(context.io.cwd, flags.out)
  return overNames(context, [name], {
    work: async (domainctl, name) => {
      const { certificate, chain, fullchain, privateKey } = await domainctl.export(name)
      // In between, a reader finds a key that does not fit its certificate and refuses it. The full chain comes last:
      // who watches that file finds all others in place.
      const files = await replaceFiles(folder, [
        ...(privateKey === undefined ? [] : [{ file: 'privkey.pem', content: privateKey, mode: 0o600 }]),
        { file: 'cert.pem', content: certificate, mode: 0o644 },
        { file: 'chain.pem', content: chain, mode: 0o644 },
        { file: 'fullchain.pem', content: fullchain, mode: 0o644 },
      ])
      return { domain: await domainctl.get(name), files, ...(privateKey === undefined && { note: KEY_ELSEWHERE }), next: [] }
    },
    afterFailure: (name, error) => nextAfterFailure('export', name, error),
    describe: (result) =>
      'files' in result ? [...result.files, ...(result.note === undefined ? [] : [`! ${result.note}`])] : [],
  })
}
