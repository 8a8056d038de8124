// What a command printed, with its styles, as an SVG that looks like a terminal.
import { widthOf } from '../packages/cli/src/output/text.ts'

const COLUMN = 8.4
const LINE = 19
const MARGIN = 16
const BAR = 28
const COLOURS: Readonly<Record<number, string>> = { 31: '#ff7b72', 32: '#56d364', 33: '#e3b341' }

/** Characters that stand together in one style. */
interface Run {
  text: string
  colour?: string | undefined
  isBold: boolean
  isFaint: boolean
}

/** @param text of `FORCE_COLOR=1`: lines with the styles that `output/paint.ts` knows */
export function terminalSvg(text: string, { columns, title }: { columns: number; title: string }): string {
  const lines = text.trimEnd().split('\n')
  const [width, height] = [MARGIN * 2 + columns * COLUMN, BAR + MARGIN + lines.length * LINE]
  const rows = lines.flatMap((line, i) => rowSvg(runsOf(line), BAR + MARGIN / 2 + (i + 0.7) * LINE))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (fill, i) => `<circle cx="${MARGIN + 4 + i * 18}" cy="${BAR / 2 + 2}" r="5" fill="${fill}"/>`,
    ),
    `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14" fill="#e6edf3">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function rowSvg(runs: readonly Run[], y: number): string[] {
  let column = 0
  return runs.flatMap(({ text, colour, isBold, isFaint }) => {
    const shown = text.trim()
    const x = MARGIN + (column + widthOf(text) - widthOf(text.trimStart())) * COLUMN
    column += widthOf(text)
    if (shown === '') return []
    const style = `${colour ? ` fill="${colour}"` : ''}${isBold ? ' font-weight="bold"' : ''}${isFaint ? ' opacity="0.6"' : ''}`
    // The length is said, so that columns line up whatever font there is.
    const length = `textLength="${(widthOf(shown) * COLUMN).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`
    // Several blanks would be shown as one.
    const content = escaped(shown).replaceAll('  ', '\u00a0\u00a0')
    return [`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${length}${style}>${content}</text>`]
  })
}

function runsOf(line: string): Run[] {
  const runs: Run[] = []
  const style: Omit<Run, 'text'> = { isBold: false, isFaint: false }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with ESC
  for (const [i, part] of line.split(/\u001b\[(\d+)m/).entries()) {
    if (i % 2 === 0) {
      if (part !== '') runs.push({ ...style, text: part })
      continue
    }
    const code = Number(part)
    if (code === 1) style.isBold = true
    else if (code === 2) style.isFaint = true
    else if (code === 22) Object.assign(style, { isBold: false, isFaint: false })
    else style.colour = COLOURS[code]
  }
  return runs
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
