import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { isScreen, screenOn } from './screen.ts'

it('writes over what was there, and again when the terminal has another size', async () => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, rows: 10, columns: 80 })
  let text = ''
  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const screen = screenOn(stdout, (line) => line.replace('✔', '+'))
  screen.draw(({ rows, columns }) => ['✔', `${rows} × ${columns}`])
  Object.assign(stdout, { rows: 5, columns: 40 })
  stdout.emit('resize')
  screen.end()
  stdout.emit('resize')
  await new Promise(setImmediate)
  const [cleared, folded] = ['\u001b[?7l\u001b[H\u001b[J', '\n\u001b[?7h']
  expect(text).toBe(`${cleared}+\n10 × 80${folded}${cleared}+\n5 × 40${folded}`)
  expect(stdout.listenerCount('resize')).toBe(0)
})

it.each([
  [true, {}, true],
  [false, {}, false],
  [true, { CI: 'true' }, false],
  [true, { TERM: 'dumb' }, false],
])('terminal %s with %j: %s', (isTTY, env, is) => {
  expect(isScreen({ stdout: Object.assign(new PassThrough(), { isTTY }), env })).toBe(is)
})
