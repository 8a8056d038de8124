import type { RefusedAddress } from '../contracts/http-answers.ts'
import { andMore } from '../domain/diagnosis/sentence.ts'
import type { OrderAuthorization } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { type Fulfilment, saveOrder } from './fulfilment.ts'
import { planAnswers, removeMoved } from './http-answers.ts'
import { lookAtAnswers, type Unserved } from './http-self-check.ts'
import { LOOK_AGAIN } from './look-again.ts'

// An order's road with HTTP-01 (RFC 8555 §8.3) where it differs: between `ordered` and `challenged`.

/** From here on this process answers what is in the state, where it is to listen. */
export async function startListening(f: Fulfilment): Promise<void> {
  f.listening ??= await (await f.step.services.httpAnswers()).listen()
}

/** From here on whoever asks for a token gets its answer: from the state, from a file, from our own listener. */
export async function publishAnswers(f: Fulfilment, authorizations: OrderAuthorization[]): Promise<void> {
  const { step } = f
  const { write } = await step.services.httpAnswers()
  f.told = authorizations.some(({ status }) => status === 'processing')
  const planned = await planAnswers(
    step,
    f.order,
    authorizations.filter(({ status }) => status !== 'valid'),
  )
  // An earlier run may have had another webroot.
  const moved = f.answers.filter(({ token, file }) => planned.some((one) => one.token === token && one.file !== file))
  f.warnings.push(...(await removeMoved(step, moved)))
  const folders = new Map(f.answers.map((answer) => [answer.file, answer.folders]))
  const answers = planned.map((one) => ({ ...one, folders: [...new Set([...(folders.get(one.file) ?? []), ...one.folders])] }))
  await saveOrder(
    f,
    { authorizations },
    {
      challengesWritten: answers,
      events: answers.map(({ name, token, file }) => step.event('answer.planned', `HTTP-01 ${name}`, { token, file })),
    },
  )
  f.answers = [...f.answers.filter(({ token }) => answers.every((one) => one.token !== token)), ...answers]
  step.report('preparing the answers to the challenges')
  await startListening(f)
  await Promise.all(answers.map((answer) => write(answer)))
  await saveOrder(f, { state: 'published' })
}

/**
 * Asks for the answers as the CA will, and tells it only then: what it does not find is counted against the limits. Looks again
 * as long as the caller waits.
 * @throws DomainctlError `HTTP_CHALLENGE_UNSERVED`, `HTTP_CHALLENGE_CANNOT_SERVE`
 */
export async function checkAnswers(f: Fulfilment): Promise<void> {
  const { step, waitMs } = f
  const { clock } = step.services.runtime
  const until = clock.now().getTime() + waitMs
  step.report('asking for the answers as the CA will')
  for (;;) {
    const { unserved, warnings } = await look(f)
    const blocked = unserved.length > 0 || (!isChecked(f) && refusedOf(f).length > 0)
    if (!blocked) {
      f.warnings.push(...warnings)
      break
    }
    const left = until - clock.now().getTime()
    if (left <= 0) throw failure(f, unserved)
    step.report(`waiting for the answers to be served: ${unserved[0]?.seen[0] ?? 'nothing can be listened at'}`)
    await clock.sleep(Math.min(LOOK_AGAIN, left), step.signal)
  }
  await saveOrder(f, { state: 'challenged' }, { events: [step.event('order.challenged', `${f.issuer.ca} is told to look`)] })
}

function isChecked({ step }: Fulfilment): boolean {
  return step.services.settings.http01SelfCheck
}

async function look(f: Fulfilment): Promise<{ unserved: Unserved[]; warnings: string[] }> {
  if (!isChecked(f)) return { unserved: [], warnings: [] }
  const asked = f.order.authorizations.filter(({ status }) => status === 'pending').map(({ token }) => token)
  return lookAtAnswers(
    f.step,
    f.answers.filter(({ token }) => asked.includes(token)),
  )
}

/** Addresses that this process was to listen at, and cannot; without IPv6 the other ones may be enough. */
function refusedOf({ listening }: Fulfilment): readonly RefusedAddress[] {
  const refused = listening?.refused ?? []
  return listening?.isDeaf ? refused : refused.filter(({ code }) => code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')
}

function failure(f: Fulfilment, unserved: readonly Unserved[]): DomainctlError {
  const refused = refusedOf(f)
  const { name } = f.step.domain
  const again = `Then run the same command again (or with --wait): it continues the order of ${name}.`
  const seen = andMore(
    unserved.map((one) => `${one.url} (${one.seen.join('; ')})`),
    '; ',
  )
  if (refused.length > 0) {
    const why = refused.map(({ address, why }) => `${address}: ${why}`).join('; ')
    const and = seen === '' ? '' : ` What is there does not answer from this state: ${seen}.`
    return new DomainctlError('HTTP_CHALLENGE_CANNOT_SERVE', `Nothing can be listened at for HTTP-01 (${why}).${and}`, {
      hint: `The CA was not told to look. ${wayOut(refused)} ${again}`,
    })
  }
  const isPartly = unserved.every(({ isPartly }) => isPartly)
  const isUnrouted = unserved.every(({ isUnrouted }) => isUnrouted)
  const mend = isUnrouted
    ? 'Make the name lead to the server that is to answer, by A and AAAA records or a CNAME.'
    : isPartly
      ? 'Make every address of the name answer, or take the record of the one that does not away: CAs ask IPv6 first where there is an AAAA record.'
      : 'Let the server of the name answer: --http01-listen, --http01-webroot, or a proxy that asks this state (docs/guide/http-01.md).'
  const skip = unserved.some(({ isUnreached }) => isUnreached)
    ? ' Where this machine alone cannot reach the addresses (NAT without hairpin, no IPv6): --http01-skip-self-check.'
    : ''
  return new DomainctlError(
    'HTTP_CHALLENGE_UNSERVED',
    `The answer to the HTTP-01 challenge is not served as the CA has to find it: ${seen}.${passedOver(f)}`,
    {
      hint: `The CA was not told to look, so nothing was counted. ${mend}${skip} ${again}`,
      actor: isPartly || isUnrouted ? 'customer' : 'operator',
    },
  )
}

/** What may be enough without them is told where it was not. */
function passedOver({ listening }: Fulfilment): string {
  const refused = listening?.refused ?? []
  if (refused.length === 0) return ''
  return ` Nothing can be listened at ${refused.map(({ address, why }) => `${address} (${why})`).join(', ')}.`
}

function wayOut(refused: readonly RefusedAddress[]): string {
  if (refused.some(({ code }) => code === 'EACCES')) {
    return 'Ports below 1024 need the right to them (on Linux the capability CAP_NET_BIND_SERVICE); or listen at another port to which port 80 is led.'
  }
  if (refused.every(({ code }) => code === 'EADDRNOTAVAIL')) {
    return 'Listen at 0.0.0.0 and [::], or at an address that this machine itself has: behind NAT that is not the public one.'
  }
  return 'Use what listens there: give its folder with --http01-webroot, or have it ask this state (docs/guide/http-01.md); or end it.'
}
