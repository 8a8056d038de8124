// What .NET takes for blanks (Char.IsWhiteSpace) and JavaScript does not is U+0085.
const AT_LINE_START = /(^|[\r\n])([\s\u0085]*)::/g
const ANYWHERE = /##\[/g

/**
 * Text that a runner of GitHub Actions takes no command from, whoever wrote what stands in it (see github/workflow-command.ts). Escaped
 * as JSON escapes it, so that JSON with it says the same.
 */
export function runnerText(text: string): string {
  return text.replace(AT_LINE_START, '$1$2\\u003a:').replace(ANYWHERE, '\\u0023#[')
}
