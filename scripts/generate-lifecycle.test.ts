import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { TRANSITIONS } from '../packages/core/src/domain/machine.ts'
import { generateLifecycle } from './generate-lifecycle.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const [{ path, content } = { path: '', content: '' }] = generateLifecycle(root)

it('the concepts show the transition table as it is', () => {
  expect(readFileSync(`${root}${path}`, 'utf8')).toBe(content)
})

it('an arrow from all statuses together says nothing that is not so for each of them', () => {
  const inWork = ['active', 'failed', 'issuing', 'pending_dns', 'pending_probe']
  expect(Object.keys(TRANSITIONS.suspended).sort()).toEqual(inWork)
  expect(Object.keys(TRANSITIONS.removed).sort()).toEqual([...inWork, 'suspended'])
})

it('each transition is in the picture', () => {
  const { suspended: _, removed: __, ...others } = TRANSITIONS
  for (const moves of Object.values(others)) {
    for (const [from, to] of Object.entries(moves)) if (from !== to) expect(content).toContain(`${from} --> ${to}:`)
  }
})
