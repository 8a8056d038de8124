import { expect, test } from 'vitest'
import { openTogether } from './opened.ts'

const recorder = () => {
  const closed: string[] = []
  return { closed, end: (name: string) => async () => void closed.push(name) }
}

test('closes all once, the last one first', async () => {
  const { closed, end } = recorder()
  const { opened, close } = await openTogether(async (defer) => {
    defer(end('first'))
    defer(end('second'))
    return 'both'
  })
  expect(opened).toBe('both')
  expect(closed).toEqual([])
  await Promise.all([close(), close()])
  expect(closed).toEqual(['second', 'first'])
})

test('closes what was opened before a failure, and gives the failure on', async () => {
  const { closed, end } = recorder()
  const failing = openTogether(async (defer) => {
    defer(end('first'))
    throw new Error('the second does not open')
  })
  await expect(failing).rejects.toThrow('the second does not open')
  expect(closed).toEqual(['first'])
})

test('closes the others although one does not close', async () => {
  const { closed, end } = recorder()
  const { close } = await openTogether(async (defer) => {
    defer(end('first'))
    defer(async () => {
      throw new Error('stuck')
    })
  })
  await expect(close()).rejects.toThrow('Not all of it could be closed.')
  expect(closed).toEqual(['first'])
})
