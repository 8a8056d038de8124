import { expect } from 'vitest'
import { sampleDomain, sampleHttpChallenge } from '../model-samples.ts'
import type { StoreTest } from './store-test.ts'

/** What is answered to HTTP-01 challenges, found by token from anywhere. */
export function checkHttpChallenges(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('HTTP-01 challenges', () => {
    it('are written, changed and removed with the rest of a commit, and found by their tokens whoever asks', async () => {
      const domain = await t.add()
      const lease = await t.leaseOn(domain)
      const one = sampleHttpChallenge(domain)
      const other = sampleHttpChallenge(domain, { token: 'token-2', file: '/srv/www/token-2', folders: ['/srv/www'] })
      await t.store.commit(lease, { challengesWritten: [one, other] })
      expect(await t.store.httpChallengesOf(domain.id)).toStrictEqual([one, other])
      expect(await t.store.httpChallengesWith('token-2')).toStrictEqual([other])
      expect(await t.store.httpChallengesWith('TOKEN-2')).toEqual([])
      const moved = { ...other, file: '/var/www/token-2', folders: [] }
      await t.store.commit(lease, { challengesWritten: [moved], challengesRemoved: [one.token] })
      expect(await t.store.httpChallengesOf(domain.id)).toStrictEqual([moved])
      expect(await t.store.httpChallengesWith(one.token)).toEqual([])
    })

    it('may share a token, and are removed by their own domain alone', async () => {
      const [a, b] = [await t.add(), await t.add(sampleDomain({ tenant: 'acme', name: 'example.com' }))]
      const [leaseA, leaseB] = [await t.leaseOn(a), await t.leaseOn(b)]
      const ofA = sampleHttpChallenge(a)
      const ofB = sampleHttpChallenge(b, { keyAuthorization: 'token-1.newer', createdAt: new Date(ofA.createdAt.getTime() + 1) })
      await t.store.commit(leaseA, { challengesWritten: [ofA] })
      await t.store.commit(leaseB, { challengesWritten: [ofB] })
      expect(await t.store.httpChallengesWith(ofA.token)).toStrictEqual([ofB, ofA])
      const newest = { ...ofA, createdAt: new Date(ofB.createdAt.getTime() + 1) }
      await t.store.commit(leaseA, { challengesWritten: [newest] })
      expect(await t.store.httpChallengesWith(ofA.token)).toStrictEqual([newest, ofB])
      await t.store.commit(leaseA, { challengesWritten: [ofA] })
      await t.store.commit(leaseB, { challengesRemoved: [ofA.token] })
      expect(await t.store.httpChallengesWith(ofA.token)).toStrictEqual([ofA])
      await expect(t.store.commit(leaseA, { challengesWritten: [ofB] })).rejects.toMatchObject({ code: 'INTERNAL' })
    })
  })
}
