import { expect, it } from 'vitest'
import { terminalSvg } from './terminal-svg.ts'

it('draws lines with their styles where a terminal has them', () => {
  const svg = terminalSvg('\u001b[32m✔\u001b[39m  \u001b[1ma & <b>\u001b[22m\nA    B\n', { columns: 10, title: 'a "run"' })
  expect(svg).toContain('<text x="16.0" y="49.3" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#56d364">✔</text>')
  expect(svg).toMatch(/<text x="41\.2" y="49\.3" [^>]*font-weight="bold">a &amp; &lt;b&gt;<\/text>/)
  expect(svg).toContain('>A\u00a0\u00a0\u00a0\u00a0B</text>')
  expect(svg).not.toContain('\u001b')
})
