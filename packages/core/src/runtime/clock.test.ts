import { describe, expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'

describe('systemClock', () => {
  const clock = systemClock()

  it('tells the time of the machine', () => {
    const before = Date.now()
    const now = clock.now().getTime()
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(Date.now())
  })

  it('sleeps', async () => {
    const before = performance.now()
    await clock.sleep(5)
    expect(performance.now() - before).toBeGreaterThanOrEqual(4)
  })

  it('takes a negative time as none', async () => {
    await clock.sleep(-1)
  })

  it('rejects with the reason of the signal and clears its timer', async () => {
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const controller = new AbortController()
    const sleeping = clock.sleep(60_000, controller.signal)
    controller.abort()
    await expect(sleeping).rejects.toBe(controller.signal.reason)
    await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' })
    expect(cleared).toHaveBeenCalledOnce()
    cleared.mockRestore()
  })

  it('rejects at once when the signal has aborted before', async () => {
    const reason = new Error('stopped')
    await expect(clock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it('leaves no listener on a signal that lives on', async () => {
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    await clock.sleep(1, signal)
    expect(removed).toHaveBeenCalledOnce()
  })

  it('calls a task again and again until it is told to stop, and keeps no process alive', () => {
    vi.useFakeTimers()
    try {
      let calls = 0
      const stop = clock.every(10, () => calls++)
      vi.advanceTimersByTime(35)
      expect(calls).toBe(3)
      stop()
      vi.advanceTimersByTime(100)
      expect(calls).toBe(3)
    } finally {
      vi.useRealTimers()
    }
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const before = timers()
    const stop = clock.every(60_000, () => {})
    expect(timers()).toBe(before)
    stop()
  })

  it('does not return at once from a sleep that is longer than a timer can be', async () => {
    vi.useFakeTimers()
    try {
      let awake = false
      const sleeping = clock.sleep(2 ** 31 + 1000).then(() => {
        awake = true
      })
      await vi.advanceTimersByTimeAsync(2 ** 31)
      expect(awake).toBe(false)
      await vi.advanceTimersByTimeAsync(1000)
      await sleeping
      expect(awake).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})
