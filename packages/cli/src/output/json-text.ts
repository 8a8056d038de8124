// JSON.stringify escapes no more than U+0000 to U+001F. A CA or a provider may have sent the rest of what moves a cursor or turns
// text around, and readers of lines (Node's readline, Python's splitlines) end one at U+0085, U+2028 and U+2029 as well.
// And `##[` begins a command to a runner of GitHub Actions.
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|#(?=#\[)/g

/** A value as JSON that a terminal may show and that keeps to its line; to a parser it is the same as that of `JSON.stringify`. */
export function jsonText(value: object, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
