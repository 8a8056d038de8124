/** The value of an `issue` or `issuewild` property (RFC 8659 §4.2). */
export interface IssueValue {
  /** The CA that may issue, lower case; empty: none. */
  issuer: string
  /** Tags in lower case, in their order. */
  parameters: { tag: string; value: string }[]
}

/** Of an issuer's label and of a parameter's tag: hyphens stand between letters and digits. */
const WORD = /^[a-z\d](?:-*[a-z\d])*$/
/** Visible ASCII without the semicolon. */
const PARAMETER_VALUE = /^[!-:<-~]*$/

/** Reads an issue-value to the letter of its grammar (RFC 8659 §4.2); undefined when it is malformed. */
export function parseIssueValue(text: string): IssueValue | undefined {
  const [domain = '', ...rest] = text.split(';').map(trimmed)
  const issuer = domain.toLowerCase()
  if (issuer !== '' && !issuer.split('.').every((label) => WORD.test(label))) return undefined
  // One semicolon may follow the issuer with nothing after it; none may follow a parameter.
  if (rest.length === 1 && rest[0] === '') return { issuer, parameters: [] }
  const parameters: IssueValue['parameters'] = []
  for (const parameter of rest) {
    const equals = parameter.indexOf('=')
    const tag = trimmed(parameter.slice(0, Math.max(equals, 0))).toLowerCase()
    const value = trimmed(parameter.slice(equals + 1))
    if (!WORD.test(tag) || !PARAMETER_VALUE.test(value)) return undefined
    parameters.push({ tag, value })
  }
  return { issuer, parameters }
}

/** The same as text, as people write it into a record. */
export function formatIssueValue({ issuer, parameters }: IssueValue): string {
  return [issuer, ...parameters.map(({ tag, value }) => `${tag}=${value}`)].join('; ')
}

/** Without spaces and tabs at both ends, which alone are white space here (RFC 5234 WSP). */
function trimmed(text: string): string {
  let start = 0
  let end = text.length
  // A regular expression takes quadratic time for a long run of spaces inside.
  while (start < end && isSpace(text[start])) start += 1
  while (end > start && isSpace(text[end - 1])) end -= 1
  return text.slice(start, end)
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
