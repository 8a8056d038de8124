import { quote } from '../../quote.ts'

/** Wide enough to read, narrow enough for every terminal. */
const WIDTH = 78

/** A paragraph in lines that fit. */
export function paragraph(text: string): string[] {
  return fill(text.split(' '), WIDTH)
}

/** Commands as somebody types them at a prompt, continued on further lines where they are long. */
export function typed(commands: readonly (readonly string[])[]): string[] {
  const words = commands.flatMap((args, i) => [...(i > 0 ? ['|'] : []), 'domainctl', ...args.map(quote)])
  const lines = fill(optionsWithValues(words), WIDTH - '$  \\'.length)
  return lines.map((line, i) => `${i === 0 ? '$ ' : '    '}${line}${i < lines.length - 1 ? ' \\' : ''}`)
}

/** `--out`, `DIR` as one word: a line never ends between them. */
function optionsWithValues(words: readonly string[]): string[] {
  const groups: string[] = []
  for (const word of words) {
    const last = groups.at(-1)
    const isValue = !word.startsWith('-') && word !== '|' && last?.startsWith('--') && !last.includes(' ')
    if (isValue) groups.push(`${groups.pop()} ${word}`)
    else groups.push(word)
  }
  return groups
}

function fill(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
