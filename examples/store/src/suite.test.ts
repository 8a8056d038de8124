import type { Store } from '@domainctl/core'
import { describeStore, manualClock, type TestRunner } from '@domainctl/core/testing'
import { expect, it } from 'vitest'
import { createMemoryStore } from './store.ts'

type Method = keyof Store

/** Runs the suite as a runner of its own, until the first test that fails; its name, or how many have passed. */
async function runSuite(change: (store: Store) => Store): Promise<string | number> {
  const tests: { name: string; body: () => Promise<void> }[] = []
  const before: (() => Promise<void>)[] = []
  const after: (() => Promise<void>)[] = []
  const runner: TestRunner = {
    describe: (_, body) => body(),
    it: (name, body) => tests.push({ name, body }),
    beforeEach: (body) => before.push(body),
    afterEach: (body) => after.push(body),
  }
  const open = async () => {
    const clock = manualClock(new Date('2026-01-01T00:00:00Z'))
    return { store: change(createMemoryStore(clock)), clock, close: async () => {} }
  }
  describeStore('a store', open, runner)
  for (const { name, body } of tests) {
    try {
      for (const one of before) await one()
      await body()
      for (const one of after) await one()
    } catch {
      return name
    }
  }
  return tests.length
}

/** The store with other methods, each made from the one that it has. */
function withMethods(store: Store, methods: Partial<{ [K in Method]: (own: Store[K]) => Store[K] }>): Store {
  return new Proxy(store, {
    get(target, name: Method) {
      const own = (target[name] as (...args: unknown[]) => unknown).bind(target)
      const change = methods[name] as ((own: unknown) => unknown) | undefined
      return change ? change(own) : own
    },
  })
}

/** Of the store as it is: were it not right itself, the suite would find fault with whatever is done to it. */
const ofRightStore = runSuite((store) => withMethods(store, {}))

it('another runner runs the whole suite, and the store passes it', async () => {
  expect(await ofRightStore).toBeGreaterThan(100)
})

/** Of what a store may get wrong, what is easy to miss. */
const WRONG: Record<string, Parameters<typeof withMethods>[1]> = {
  'a commit does not check its lease': { commit: () => async () => {} },
  'a commit does not give the lease back': { commit: (own) => (lease, changes) => own(lease, changes) },
  'a commit loses its events': {
    commit:
      (own) =>
      (lease, { events: _, ...changes }, o) =>
        own(lease, changes, o),
  },
  'a commit loses what it gives back of a budget': {
    commit:
      (own) =>
      (lease, { budget: _, ...changes }, o) =>
        own(lease, changes, o),
  },
  'a domain is added without its events': { addDomain: (own) => (domain) => own(domain, []) },
  'removed domains are listed': { listDomains: (own) => async (filter, page) => own({ status: 'deleted', ...filter }, page) },
  'labels are not heeded': {
    listDomains:
      (own) =>
      ({ labels: _, ...filter }, page) =>
        own(filter, page),
  },
  'a heartbeat is nothing': { heartbeat: () => async () => {} },
  'a heartbeat does not tell the lease': { heartbeat: (own) => (lease, ttlMs) => own({ ...lease }, ttlMs) },
  'a lease cannot be given back': { release: () => async () => {} },
  'holders are never gone': { claim: (own) => (which, claim) => own(which, { ...claim, isGone: () => false }) },
  'holders are always gone': { claim: (own) => (which, claim) => own(which, { ...claim, isGone: () => true }) },
  'keys are claimed over anybody': { claimKey: (own) => (key, claim) => own(key, { ...claim, isGone: () => true }) },
  'budgets are spent by force': { spendBudget: (own) => (wants, now) => own(wants, now, { force: true }) },
  'force is not heeded': { spendBudget: (own) => (wants, now) => own(wants, now) },
  'accounts change without their events': {
    changeAccount: (own) => (id, change) =>
      own(id, (before) => {
        const made = change(before)
        return made && { ...made, events: [] }
      }),
  },
  'history is of all tenants': {
    history:
      (own) =>
      ({ tenant: _, ...filter }) =>
        own(filter),
  },
  'history begins anew': {
    history:
      (own) =>
      ({ after: _, ...filter }) =>
        own(filter),
  },
  'what is due is of one moment ago': { dueDomains: (own) => (now, limit) => own(new Date(now.getTime() - 1), limit) },
}

it.each(Object.entries(WRONG))('the suite sees that %s', async (_, methods) => {
  expect(await ofRightStore, 'the store is wrong by itself').toBeGreaterThan(100)
  expect(await runSuite((store) => withMethods(store, methods))).toEqual(expect.any(String))
})
