import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { holdSignals } from './held-signals.ts'

/** Stands for the process: what it is sent, and what it sends itself. */
function start() {
  const killed: NodeJS.Signals[] = []
  const kill = (_pid: number, signal: NodeJS.Signals) => killed.push(signal) > 0
  const process = Object.assign(new EventEmitter(), { pid: 1, kill }) as unknown as NodeJS.Process
  return { process, killed, release: holdSignals(process) }
}

it('keeps the signal that came, and takes no further ones', () => {
  const { process, killed, release } = start()
  process.emit('SIGTERM', 'SIGTERM')
  expect(release()).toBe('SIGTERM')
  expect(killed).toEqual([])
  expect(process.eventNames()).toEqual([])
})

it('ends the process by a second one', () => {
  const { process, killed } = start()
  process.emit('SIGINT', 'SIGINT')
  process.emit('SIGINT', 'SIGINT')
  expect(killed).toEqual(['SIGINT'])
  expect(process.eventNames()).toEqual([])
})

it('knows when none came', () => {
  expect(start().release()).toBeUndefined()
})
