import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A secret, and what to call it where it was found: never its value. */
export interface Secret {
  name: string
  value: string
}

/** Long enough that no text has it by chance. */
const PIECE = 16

/**
 * How a secret could be written: as it is, in hexadecimal, for URLs, in base64 (at each of the three places where it can begin
 * in a longer text), and the bytes that it is the base64 of. Of the long forms also the first and the last part, for what is
 * cut off or hidden in the middle.
 */
function formsOf({ value }: Secret): [form: string, bytes: Buffer][] {
  const bytes = Buffer.from(value)
  const forms: [string, Buffer][] = [
    ['as it is', bytes],
    ['in hexadecimal', Buffer.from(bytes.toString('hex'))],
    ['in capital hexadecimal', Buffer.from(bytes.toString('hex').toUpperCase())],
    ['for a URL', Buffer.from(encodeURIComponent(value))],
    ['for a URL in small letters', Buffer.from(encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase()))],
    ['as UTF-16', Buffer.from(value, 'utf16le')],
  ]
  for (const offset of [0, 1, 2]) {
    // The first and the last characters depend on what stands around.
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
    const text = padded.toString('base64').slice(offset === 0 ? 0 : 4, -4)
    forms.push([`in base64 (${offset})`, Buffer.from(text)])
    forms.push([`in base64url (${offset})`, Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'))])
  }
  const decoded = Buffer.from(value, 'base64')
  if (decoded.length >= PIECE && decoded.toString('base64') === value) {
    forms.push(['decoded', decoded], ['decoded in hexadecimal', Buffer.from(decoded.toString('hex'))])
  }
  const parts = forms.flatMap(([form, whole]): [string, Buffer][] => [
    [`the beginning ${form}`, whole.subarray(0, PIECE)],
    [`the end ${form}`, whole.subarray(-PIECE)],
  ])
  const tooShort = parts.find(([, part]) => part.length < PIECE)
  if (tooShort) throw new Error(`a secret of ${value.length} characters is too short to be looked for ${tooShort[0]}`)
  return parts
}

/** Looks for secrets; what it answers names them and the place, and is empty when nothing was found. */
export interface SecretSearch {
  in(place: string, content: string | Uint8Array): string[]
  /** In the bytes of every file below a folder, and in their names. */
  inFolder(folder: string): string[]
}

export function searchFor(secrets: readonly Secret[]): SecretSearch {
  const sought = secrets.flatMap((secret) => formsOf(secret).map(([form, bytes]) => ({ name: secret.name, form, bytes })))
  const inside = (place: string, content: string | Uint8Array) => {
    const bytes = Buffer.from(content)
    return sought.filter((one) => bytes.includes(one.bytes)).map(({ name, form }) => `${name}, ${form}, in ${place}`)
  }
  return {
    in: inside,
    inFolder: (folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((path) => {
        const file = join(folder, path)
        const found = inside(`the name of ${file}`, path)
        return lstatSync(file).isFile() ? [...found, ...inside(file, readFileSync(file))] : found
      }),
  }
}
