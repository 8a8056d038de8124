import type { Block } from './markdown.ts'

/** A command of domainctl in a block. */
export interface ShellCommand {
  /** `README.md:12` */
  at: string
  /** As it stands there. */
  text: string
  /** What follows the name of the program. */
  argv: string[]
}

const PUNCTUATION = /^(?:&&|\|\||[|;&]|\d?>>?|<|>&\d|2>&1)/

/**
 * The commands of domainctl in a block of shell lines. In `console`, and where a line begins with `$ `, what does not is output.
 * @throws Error for quotes without an end
 */
export function commandsOf({ at, line, text, language }: Block): ShellCommand[] {
  const page = at.replace(/:\d+$/, '')
  const lines = text.split('\n')
  const hasPrompts = language === 'console' || lines.some((one) => one.startsWith('$ '))
  const commands: ShellCommand[] = []
  for (let i = 0; i < lines.length; i++) {
    const first = i
    let whole = lines[i] ?? ''
    if (hasPrompts && !whole.startsWith('$ ')) continue
    while (whole.endsWith('\\')) whole = `${whole.slice(0, -1)} ${lines[++i] ?? ''}`
    const shell = whole.replace(/^\$ /, '')
    for (const words of simpleCommands(shell, `${page}:${line + first}`)) {
      const program = words.findIndex((word) => !/^\w+=/.test(word) && word !== 'npx' && word !== 'exec' && word !== 'sudo')
      if (words[program] !== 'domainctl') continue
      commands.push({ at: `${page}:${line + first}`, text: shell.trim(), argv: words.slice(program + 1) })
    }
  }
  return commands
}

/** The words of each simple command of a line, as a shell reads them; variables stay as they are written. */
function simpleCommands(line: string, at: string): string[][] {
  const commands: string[][] = [[]]
  let rest = line.trim()
  let redirects = false
  while (rest !== '') {
    const [mark] = PUNCTUATION.exec(rest) ?? []
    if (rest.startsWith('#')) break
    if (mark !== undefined) {
      redirects = /[<>]/.test(mark) && !/&\d$|&1$/.test(mark)
      if (!/[<>]/.test(mark)) commands.push([])
      rest = rest.slice(mark.length).trimStart()
      continue
    }
    const { word, after } = firstWord(rest, at)
    if (!redirects) commands.at(-1)?.push(word)
    redirects = false
    rest = after.trimStart()
  }
  return commands
}

function firstWord(text: string, at: string): { word: string; after: string } {
  let word = ''
  let rest = text
  while (rest !== '' && !/^[\s|;&<>]/.test(rest)) {
    const [quoted, single, double] = /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)")/.exec(rest) ?? []
    if (quoted !== undefined) {
      word += single ?? double ?? ''
      rest = rest.slice(quoted.length)
      continue
    }
    if (/^['"]/.test(rest)) throw new Error(`${at}: a quote has no end: ${text}`)
    const [escaped] = /^\\./.exec(rest) ?? []
    word += escaped === undefined ? rest.charAt(0) : escaped.charAt(1)
    rest = rest.slice(escaped === undefined ? 1 : 2)
  }
  return { word, after: rest }
}
