import { dirname, resolve } from 'node:path'
import { type CaOptions, DomainctlError, KNOWN_CAS } from '@domainctl/core'
import { isCaUrl } from '../forms.ts'
import type { Io } from '../io.ts'
import { nearest } from '../nearest.ts'
import { readCaRoots } from './ca-roots.ts'
import type { WrittenCa } from './ca-schema.ts'
import type { ConfigFile } from './file.ts'
import { describeValue } from './problem.ts'
import { resolveReference } from './secret.ts'

/** The CAs of a configuration file as the engine takes them; secrets and roots are read when they are needed. */
export function casFromFile(
  written: Record<string, WrittenCa>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): Record<string, CaOptions> {
  const folder = dirname(file.path)
  return Object.fromEntries(
    Object.entries(written).map(([name, { directory, root, eabKid, eabHmacKey }]): [string, CaOptions] => [
      name,
      {
        ...(directory !== undefined && { directory }),
        ...(root !== undefined && { roots: () => readCaRoots(resolve(folder, root), `cas.${name}.root`) }),
        ...(eabKid !== undefined &&
          eabHmacKey !== undefined && {
            externalAccount: async () => ({
              kid: eabKid,
              hmacKey: await resolveReference(eabHmacKey, `${file.shown}: cas.${name}.eabHmacKey`, folder, io.env),
            }),
          }),
      },
    ]),
  )
}

/**
 * The external account of the settings, which says nothing of whose it is: it belongs to the one CA.
 * @throws DomainctlError `CONFIG_INVALID` when there are several, or a half of it is missing
 */
export function withExternalAccount(
  cas: Record<string, CaOptions>,
  used: readonly string[],
  { eabKid, eabHmacKey }: { eabKid: string | undefined; eabHmacKey: string | undefined },
): Record<string, CaOptions> {
  if (eabKid === undefined && eabHmacKey === undefined) return cas
  const [ca = '', ...others] = used
  const there = cas[ca] ?? {}
  if (eabKid === undefined || eabHmacKey === undefined) {
    const [given, missing] = eabKid === undefined ? ['eabHmacKey', 'eabKid'] : ['eabKid', 'eabHmacKey']
    throw new DomainctlError('CONFIG_INVALID', `${given} is set and ${missing} is not.`, {
      hint: 'An external account has both: a key id and an HMAC key.',
    })
  }
  if (others.length > 0) {
    throw new DomainctlError('CONFIG_INVALID', `eabKid is set, and there are several CAs (${used.join(', ')}).`, {
      hint: 'Say in the configuration file whose it is: cas: { NAME: { eabKid, eabHmacKey } }.',
    })
  }
  const directory = isCaUrl(ca) ? { directory: ca } : {}
  return { ...cas, [ca]: { externalAccount: { kid: eabKid, hmacKey: eabHmacKey }, ...directory, ...there } }
}

/** What is wrong with the name of a CA; null when it is one that is known or configured. */
export function unknownCa(named: string, own: readonly string[]): { expected: string; found: string } | null {
  const names = [...new Set([...Object.keys(KNOWN_CAS), ...own])]
  if (names.includes(named) || isCaUrl(named)) return null
  const meant = nearest(named, names)
  const expected = `${names.join(', ')} or the http(s) URL of an ACME directory`
  return { expected, found: `${describeValue(named, false)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}` }
}
