import { describe, expect, it } from 'vitest'
import { manualClock } from './manual-clock.ts'

const START = new Date('2026-01-01T00:00:00Z')
const seconds = (clock: { now(): Date }) => (clock.now().getTime() - START.getTime()) / 1000

describe('manualClock', () => {
  it('stands still until it is advanced', () => {
    const clock = manualClock(START)
    expect(seconds(clock)).toBe(0)
    clock.advance(1500)
    expect(seconds(clock)).toBe(1.5)
  })

  it('lets time pass by sleeping, on a later microtask', async () => {
    const clock = manualClock(START)
    let awake = false
    const sleeping = clock.sleep(60_000).then(() => {
      awake = true
    })
    expect(awake).toBe(false)
    await sleeping
    expect(seconds(clock)).toBe(60)
  })

  it('rejects a sleep with the reason of its signal', async () => {
    const clock = manualClock(START)
    await expect(clock.sleep(1000, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
    expect(seconds(clock)).toBe(0)
    const controller = new AbortController()
    const sleeping = clock.sleep(1000, controller.signal)
    controller.abort()
    await expect(sleeping).rejects.toBe(controller.signal.reason)
  })

  it('calls what falls due in the time that passes, in order, at its own time', async () => {
    const clock = manualClock(START)
    const calls: string[] = []
    clock.every(2000, () => calls.push(`two at ${seconds(clock)}`))
    const stop = clock.every(3000, () => calls.push(`three at ${seconds(clock)}`))
    await clock.sleep(4000)
    stop()
    clock.advance(2000)
    expect(calls).toEqual(['two at 2', 'three at 3', 'two at 4', 'two at 6'])
    expect(seconds(clock)).toBe(6)
  })
})
