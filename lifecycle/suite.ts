import { afterAll, beforeAll, describe } from 'vitest'
import type { World } from './world.ts'

/** Tests that run in any world of this kind; called while tests are collected, the world is there when they run. */
export type Suite<W extends World = World> = (world: () => W) => void

/** A wait that never ends is told by this; on a machine with other work an order takes a second or two. */
const TIMEOUT = 120_000

/** Runs suites one after the other in one world, which is started before them and stopped after them. */
export function describeIn<W extends World>(title: string, start: () => Promise<W>, ...suites: readonly Suite<W>[]): void {
  describe(title, { timeout: TIMEOUT }, () => {
    let world: W | undefined
    const running = () => {
      if (!world) throw new Error('the world is there only while tests run')
      return world
    }
    beforeAll(async () => {
      world = await start()
    })
    afterAll(() => world?.[Symbol.asyncDispose]())
    for (const suite of suites) suite(running)
  })
}
