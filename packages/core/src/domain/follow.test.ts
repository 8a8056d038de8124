import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { follow } from './follow.ts'

test('aborts with the other one, or when it is ended, and then leaves nothing behind', () => {
  const caller = new AbortController()
  const [ended, following] = [follow(caller.signal), follow(caller.signal)]
  ended.end('over')
  expect(ended.signal.reason).toBe('over')
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1)
  caller.abort('enough')
  expect([ended.signal.reason, following.signal.reason]).toEqual(['over', 'enough'])
  following.end('over')
  expect(following.signal.reason).toBe('enough')
  expect(follow(caller.signal).signal.reason).toBe('enough')
})
