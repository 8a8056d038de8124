import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { HttpAnswers } from '../contracts/http-answers.ts'
import { createHttpAnswers } from '../http01/http-answers.ts'
import { silentLogger } from '../runtime/logger.ts'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from '../store/open.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleDomain, sampleHttpChallenge, sampleOrder } from '../testing/model-samples.ts'
import { removeLeftoverAnswers } from './http-answers.ts'
import { servicesOf } from './services.test.support.ts'
import { step } from './step.ts'

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'domainctl-answers-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return made
}

async function open() {
  const clock = manualClock(SAMPLE_TIME)
  const random = systemRandom()
  const store = await openSqliteStore(join(await folder(), 'state.db'), { clock, random, readOnly: false })
  onTestFinished(() => store.close())
  const webroot = await folder()
  const answers: HttpAnswers = createHttpAnswers({
    addresses: [],
    answer: async () => null,
    clock,
    logger: silentLogger(),
    webroot,
  })
  const services = { ...servicesOf({ store, clock, random }), httpAnswers: async () => answers }
  return { store, webroot, answers, services }
}

it('takes away what an ended order has left, and nothing of the one that is open', async () => {
  const { store, webroot, answers, services } = await open()
  const domain = sampleDomain()
  await store.addDomain(domain, [])
  const of = async (token: string, orderId: string) => {
    const challenge = sampleHttpChallenge(domain, { token, orderId, ...(await answers.plan(token)) })
    await answers.write(challenge)
    return challenge
  }
  const [ended, going] = [await of('ended', 'an order that has ended'), await of('going', 'open')]
  await step(services, domain.name, {}, async (current) => {
    await current.commit({ order: sampleOrder(domain, { id: 'open' }), challengesWritten: [ended, going] })
    expect(await removeLeftoverAnswers(current)).toEqual([])
  })
  expect(await store.httpChallengesOf(domain.id)).toStrictEqual([going])
  expect(await readdir(join(webroot, '.well-known/acme-challenge'))).toEqual(['going'])
})

it('leaves an answer that another domain needs as well, until that one has ended', async () => {
  const { store, webroot, answers, services } = await open()
  const domains = [sampleDomain(), sampleDomain({ name: 'www.example.com' })]
  const challenge = sampleHttpChallenge(sampleDomain(), await answers.plan('token-1'))
  await answers.write(challenge)
  for (const domain of domains) {
    await store.addDomain(domain, [])
    await step(services, domain.name, {}, (current) =>
      current.commit({ challengesWritten: [{ ...challenge, domainId: domain.id }] }),
    )
  }
  const left: number[] = []
  for (const { name } of domains) {
    await step(services, name, {}, (current) => removeLeftoverAnswers(current))
    left.push((await readdir(webroot)).length)
  }
  expect(left).toEqual([1, 0])
  expect(await store.httpChallengesWith('token-1')).toEqual([])
})
