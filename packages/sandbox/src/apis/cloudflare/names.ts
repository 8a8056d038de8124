import { domainToASCII } from 'node:url'
import { refused } from './refusal.ts'

/** Without the lengths of the first label and the root (RFC 1035 §2.3.4). */
const LONGEST_NAME = 253

/** What the sandbox's zones can hold; Cloudflare takes more. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/** A name in lower case, in Punycode, with `*` for a wildcard label; undefined for what is none. */
export function readName(text: string): string | undefined {
  // Part of a URL for domainToASCII.
  if (/[^\w.*\-\u0080-\u{10ffff}]/u.test(text)) return undefined
  const name = /^[\0-\x7f]*$/.test(text) ? text.toLowerCase() : domainToASCII(text)
  const labels = name.split('.')
  const checked = labels[0] === '*' ? labels.slice(1) : labels
  const isName = name.length <= LONGEST_NAME && checked.length > 0 && checked.every((label) => LABEL.test(label))
  // A name whose last label is a number would be taken for an address.
  return isName && !/^\d+$/.test(labels.at(-1) ?? '') ? name : undefined
}

/**
 * The name of a record in a zone: complete, `@` for the apex (https://github.com/fire1ce/DDNS-Cloudflare-Bash/issues/22), or
 * without the zone, which is put behind whatever does not end in it (https://github.com/NewFuture/DDNS/issues/21).
 * @throws CloudflareRefusal
 */
export function readRecordName(text: string, apex: string): string {
  const name = text === '@' ? apex : readName(text)
  const complete = name === undefined || isIn(name, apex) ? name : `${name}.${apex}`
  // https://github.com/cisagov/manage.get.gov/issues/5244
  if (complete === undefined || complete.length > LONGEST_NAME) throw refused(9000, 'DNS name is invalid.')
  return complete
}

function isIn(name: string, apex: string): boolean {
  return name === apex || name.endsWith(`.${apex}`)
}
