import type { HttpChallenge } from '../domain/http-challenge.ts'
import type { Order, OrderAuthorization } from '../domain/model.ts'
import { toDomainctlError } from '../errors.ts'
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
  const { store, httpAnswers, runtime } = step.services
  const { remove } = await httpAnswers()
  const outcomes = await Promise.all(
    answers.map(async (answer) => {
      try {
        if ((await store.httpChallengesWith(answer.token)).every(({ domainId }) => domainId === answer.domainId))
          await remove(answer)
        return { answer }
      } catch (thrown) {
        const { message } = toDomainctlError(thrown)
        runtime.logger.log('warn', 'HTTP-01 answer not removed', { file: answer.file, error: message })
        return { answer, warning: `The file ${answer.file} could not be removed; it is kept in mind. ${message}` }
      }
    }),
  )
  const gone = outcomes.filter(({ warning }) => warning === undefined).map(({ answer }) => answer)
  if (gone.length > 0) {
    await step.commit({
      challengesRemoved: gone.map(({ token }) => token),
      events: gone.map(({ name, token }) => step.event('answer.removed', `HTTP-01 ${name}`, { token })),
    })
  }
  // Of two that end at the same moment each may have left the file to the other.
  for (const answer of gone) {
    if ((await store.httpChallengesWith(answer.token)).length === 0) await remove(answer).catch(() => undefined)
  }
  return outcomes.flatMap(({ warning }) => warning ?? [])
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
