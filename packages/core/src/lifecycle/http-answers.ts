import type { HttpChallenge } from '../domain/http-challenge.ts'
import type { Order, OrderAuthorization } from '../domain/model.ts'
import type { Step } from './step.ts'

/** The answers that an order's pending authorizations need. Nothing is given yet. */
export async function planAnswers(step: Step, order: Order, pending: readonly OrderAuthorization[]): Promise<HttpChallenge[]> {
  const { services, domain } = step
  const { plan } = await services.httpAnswers()
  const createdAt = services.runtime.clock.now()
  return Promise.all(
    pending.map(async ({ token, keyAuthorization, identifier }) => {
      if (token === undefined || keyAuthorization === undefined) throw new Error('an HTTP-01 challenge without a token')
      const { id: domainId, tenant } = domain
      return { token, keyAuthorization, name: identifier, tenant, domainId, orderId: order.id, createdAt, ...(await plan(token)) }
    }),
  )
}

/**
 * Takes answers away: the files first, so that a crash in between leaves a row that says what is still there. One that another
 * domain needs as well stays until that one has ended. What cannot be removed now stays in the journal, and is a warning.
 */
export async function removeAnswers(step: Step, answers: readonly HttpChallenge[]): Promise<string[]> {
  if (answers.length === 0) return []
  const { store, httpAnswers } = step.services
  const outcomes = await Promise.all(answers.map(async (answer) => ({ answer, failure: await removeFile(step, answer) })))
  const gone = outcomes.filter(({ failure }) => failure === undefined).map(({ answer }) => answer)
  if (gone.length > 0) {
    await step.commit({
      challengesRemoved: gone.map(({ token }) => token),
      events: gone.map(({ name, token }) => step.event('answer.removed', `HTTP-01 ${name}`, { token })),
    })
  }
  // Of two that end at the same moment each may have left the file to the other.
  const { remove } = await httpAnswers()
  for (const answer of gone) {
    if ((await store.httpChallengesWith(answer.token)).length === 0) await remove(answer).catch(() => undefined)
  }
  return outcomes.flatMap(({ answer, failure }) =>
    failure === undefined ? [] : `The file ${answer.file} could not be removed; it is kept in mind. ${failure}`,
  )
}

/** Takes files away of answers that are about to be given elsewhere; the journal knows them no more then. Answers warnings. */
export async function removeMoved(step: Step, answers: readonly HttpChallenge[]): Promise<string[]> {
  const failures = await Promise.all(answers.map((answer) => removeFile(step, answer)))
  return failures.flatMap((failure, i) =>
    failure === undefined
      ? []
      : `The file ${answers[i]?.file} of an earlier run could not be removed: remove it by hand. ${failure}`,
  )
}

/** Why it could not be removed. */
async function removeFile({ domain, services }: Step, answer: HttpChallenge): Promise<string | undefined> {
  const { store, httpAnswers, runtime } = services
  try {
    const others = (await store.httpChallengesWith(answer.token)).filter(({ domainId }) => domainId !== domain.id)
    if (others.length === 0) await (await httpAnswers()).remove(answer)
    return undefined
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.message : String(thrown)
    runtime.logger.log('warn', 'HTTP-01 answer not removed', { file: answer.file, error })
    return error
  }
}

/** Takes away what ended orders of this domain have left (they were killed, or a file could not be removed). Answers warnings. */
export async function removeLeftoverAnswers(step: Step): Promise<string[]> {
  const { store } = step.services
  const answers = await store.httpChallengesOf(step.domain.id)
  if (answers.length === 0) return []
  const open = await store.openOrder(step.domain.id)
  return removeAnswers(
    step,
    answers.filter(({ orderId }) => orderId !== open?.id),
  )
}
