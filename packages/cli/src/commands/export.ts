import { resolve } from 'node:path'
import { DomainctlError, type ExportedCertificate } from '@domainctl/core'
import type { NewFile } from '@domainctl/providers/file-set'
import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { nextAfterFailure } from '../next.ts'
import { notes } from '../output/applied.ts'
import type { PasswordFlags } from './export-password.ts'

export interface ExportFlags extends PasswordFlags {
  out: string
  plainFiles?: boolean
}

/** A file of this name that is there may be the very key: it is left alone. */
const KEY_ELSEWHERE =
  'No privkey.pem was written: the certificate was issued for a certificate request, and its key is with whoever made that.'

/**
 * `export NAME --out DIR`: the certificate and its key as PEM files, with `--pkcs12` also as PKCS#12.
 * @throws DomainctlError `USAGE` without a folder, or for a password that is missing or of no use
 */
export async function exportCertificate(context: Context, name: string, flags: ExportFlags): Promise<number> {
  if (flags.out.trim() === '') {
    throw new DomainctlError('USAGE', '--out: expected a folder for the files, found nothing.', {
      hint: 'Such as --out /etc/tls/shop, or --out . for the working directory.',
    })
  }
  const [{ placePlain, placeSet }, { pkcs12Of }] = await Promise.all([
    import('@domainctl/providers/file-set'),
    import('./export-password.ts'),
  ])
  const folder = resolve(context.io.cwd, flags.out)
  const pkcs12 = await pkcs12Of(context, flags)
  return overNames(context, [name], {
    work: async (domainctl, name) => {
      const exported = await domainctl.export(name, pkcs12 && { pkcs12 })
      const domain = await domainctl.get(name)
      const note = exported.privateKey === undefined ? { note: KEY_ELSEWHERE } : {}
      const warnings = pkcs12 && !isAscii(pkcs12.password) ? [NOT_FOR_JAVA] : []
      if (flags.plainFiles) return { domain, files: await placePlain(folder, filesOf(exported)), ...note, warnings, next: [] }
      const { paths: files, before } = await placeSet(folder, filesOf(exported))
      const kept = before === undefined ? [] : [`What stood there before is kept in ${before}; remove it when nobody needs it.`]
      return { domain, files, ...note, warnings: [...warnings, ...kept], next: [] }
    },
    afterFailure: (name, error) => nextAfterFailure('export', name, error),
    describe: (result) => {
      if (!('files' in result)) return []
      const told = result.note === undefined ? result.warnings : [result.note, ...result.warnings]
      return [...result.files, ...notes(told, context.output.paint)]
    },
  })
}

const NOT_FOR_JAVA = 'The password is not of ASCII: OpenSSL opens keystore.p12 by it, Java does not.'

function isAscii(text: string | null): boolean {
  return text === null || /^[\x20-\x7e]*$/.test(text)
}

/** The full chain comes last: who watches that file finds all others in place. */
function filesOf({ certificate, chain, fullchain, privateKey, pkcs12 }: ExportedCertificate): NewFile[] {
  return [
    ...(privateKey === undefined ? [] : [{ file: 'privkey.pem', content: privateKey, mode: 0o600 }]),
    { file: 'cert.pem', content: certificate, mode: 0o644 },
    { file: 'chain.pem', content: chain, mode: 0o644 },
    ...(pkcs12 ? [{ file: 'keystore.p12', content: pkcs12, mode: 0o600 }] : []),
    { file: 'fullchain.pem', content: fullchain, mode: 0o644 },
  ]
}
