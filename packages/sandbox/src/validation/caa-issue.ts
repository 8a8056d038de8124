/** The value of an `issue` or `issuewild` property (RFC 8659 §4.2). */
export interface IssueValue {
  /** In lower case; empty when no CA may issue. */
  readonly issuer: string
  /** Tags in lower case; in order, repeated ones too. */
  readonly parameters: readonly { readonly tag: string; readonly value: string }[]
}

/** `label`, and `tag` alike: hyphens only between letters and digits. */
const TAG = /^[a-z\d](?:-*[a-z\d])*$/
const DOMAIN = /^[a-z\d](?:-*[a-z\d])*(?:\.[a-z\d](?:-*[a-z\d])*)*$/
const VALUE = /^[!-:<-~]*$/

/**
 * Reads an issue-value by the grammar of RFC 8659 §4.2, to the letter.
 * @param text each character is one octet
 * @returns undefined when it does not fit
 */
export function readIssueValue(text: string): IssueValue | undefined {
  const [first = '', ...rest] = text.split(';')
  const issuer = withoutSpace(first).toLowerCase()
  if (issuer !== '' && !DOMAIN.test(issuer)) return undefined

  const parameters: { tag: string; value: string }[] = []
  // A semicolon alone may follow the issuer; between parameters it separates, and none may follow the last.
  if (rest.length === 1 && withoutSpace(rest[0] ?? '') === '') return { issuer, parameters }
  for (const parameter of rest) {
    const equals = parameter.indexOf('=')
    if (equals === -1) return undefined
    const tag = withoutSpace(parameter.slice(0, equals)).toLowerCase()
    const value = withoutSpace(parameter.slice(equals + 1))
    if (!TAG.test(tag) || !VALUE.test(value)) return undefined
    parameters.push({ tag, value })
  }
  return { issuer, parameters }
}

/** WSP of RFC 5234 alone, at both ends. By hand, since an expression for it takes quadratic time on a long run inside. */
function withoutSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
