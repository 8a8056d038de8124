// For those who write a provider or a store: what core holds its own to. Needs vitest.
export { manualClock } from './manual-clock.ts'
export { describeDnsProvider, type ProviderSubject } from './provider-conformance.ts'
export { describeStore, type StoreUnderTest, type TestRunner } from './store-conformance.ts'
export { describeDeployTarget, type TargetSubject } from './target-conformance.ts'
