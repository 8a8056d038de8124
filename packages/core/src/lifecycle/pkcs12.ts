import type { Pkcs12Options } from '../contracts/exported-certificate.ts'
import { DomainctlError } from '../errors.ts'
import type { Services } from './services.ts'

/** A live certificate as PKCS#12. @throws `USAGE` for a password that cannot be used, or without the key */
export async function toPkcs12(
  { crypto, runtime }: Pick<Services, 'crypto' | 'runtime'>,
  { name, key, chain }: { name: string; key?: string; chain: readonly string[] },
  o: Pkcs12Options,
): Promise<Uint8Array> {
  const password = usable(o.password)
  if (key === undefined) {
    throw new DomainctlError('USAGE', `The key of the certificate for ${name} is not in the state: PKCS#12 needs it.`, {
      hint: 'Export the PEM files alone, and put them together with the key where that is kept.',
    })
  }
  return (await crypto()).createPkcs12({ name, key, chain, password }, runtime.random)
}

/** What stands in a text for bytes that are none; a file sealed by it would not open by the password that was meant. */
const UNREADABLE = '\ufffd'

function usable(password: string | null): string {
  if (password === null) return ''
  const why =
    password === ''
      ? 'is empty'
      : /\p{Cc}/u.test(password)
        ? 'holds a control character, such as the end of a line'
        : !password.isWellFormed()
          ? 'is no text: it holds a half of a character'
          : password.includes(UNREADABLE)
            ? 'was no UTF-8 where it was read from'
            : null
  if (why === null) return password
  throw new DomainctlError('USAGE', `The password for the PKCS#12 file ${why}.`, {
    hint: 'Give another one. Without a password anybody who can read the file has the key; if that is wanted, say so (--empty-password).',
  })
}
