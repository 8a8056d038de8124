import type { IssuerAuthorization, IssuerOrder } from '../contracts/issuer.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Certificate, OrderAuthorization, OrderState, WrittenRecord } from '../domain/model.ts'
import { challengeName } from '../domain/records.ts'
import { DomainctlError } from '../errors.ts'
import { AccountKeyChanged } from './account-signature.ts'
import { obtainCertificate, storeCertificate } from './certificate.ts'
import { leaving, planChallengeRecords, writeRecords } from './challenge-records.ts'
import { failedValidations } from './counted-order.ts'
import { causeOf, cleanUp, type Fulfilment, saveOrder, settle, WIDTH } from './fulfilment.ts'
import { checkAnswers, publishAnswers, startListening } from './http-order.ts'
import { requestFor } from './order-key.ts'
import { placeOrder } from './place-order.ts'
import { pollOrder } from './polling.ts'
import { preflight } from './preflight.ts'
import { recordLine } from './record-lines.ts'
import { resumeOrder } from './resume-order.ts'

/**
 * The order's road, one function a state (requirements C6). Each ends by saving the next state, and what it is about to
 * ask of the outside is in the journal before it is asked.
 */
const ROAD: Record<Exclude<OrderState, 'finalizing' | 'stored' | 'invalid'>, (f: Fulfilment) => Promise<void>> = {
  new: lookAndPlace,
  ordered: publishRecords,
  published: waitForServers,
  challenged: awaitValidation,
}

/**
 * Takes an order from where it is to a stored certificate, or answers null when an order of an earlier run leads nowhere any
 * more. Warnings are in `f`. Leaves no record behind, come what may.
 */
export async function fulfil(f: Fulfilment): Promise<Certificate | null> {
  try {
    if (f.resumed) {
      // A CA that was told to look may come any moment.
      if (f.answers.length > 0) await startListening(f)
      if (!(await resumeOrder(f))) return null
    }
    // CAs look at CAA once more before they issue, hours after a proof at the latest (Baseline Requirements §3.2.2.8).
    if (f.order.state === 'finalizing' && f.atCa?.status === 'ready') await checkAgain(f)
    for (;;) {
      f.step.signal.throwIfAborted()
      const { state } = f.order
      if (state === 'stored' || state === 'invalid') throw new Error(`an order that is ${state} leads nowhere`)
      if (state === 'finalizing') return await finish(f)
      await ROAD[state](f)
    }
  } catch (error) {
    // What settling fails at must not hide what went wrong first; the journal keeps what is left to do.
    const { logger } = f.step.services.runtime
    await settle(f, error).catch((second) =>
      logger.log('error', 'order not settled', { order: f.order.id, error: String(second) }),
    )
    // The error goes to the caller, who gets no warnings with it.
    for (const warning of f.warnings) f.step.report(warning)
    throw error
  } finally {
    await f.listening?.close()
  }
}

/**
 * All authorizations have settled, so nobody looks at the records any more: they go while the CA makes the certificate,
 * and before the order ends in the state, so that a crash in between is resumed.
 */
async function finish(f: Fulfilment): Promise<Certificate> {
  const [obtained, cleaned] = await Promise.allSettled([obtainCertificate(f), cleanUp(f)])
  if (obtained.status === 'rejected') throw obtained.reason
  if (cleaned.status === 'rejected') throw cleaned.reason
  return storeCertificate(f, obtained.value)
}

/** Since an earlier run planned it, CAA may have changed. */
async function lookAndPlace(f: Fulfilment): Promise<void> {
  if (f.resumed) await checkAgain(f)
  await placeOrder(f)
}

async function publishRecords(f: Fulfilment): Promise<void> {
  const { step } = f
  const authorizations = await readAuthorizations(f)
  if (authorizations.every(({ status }) => status === 'valid')) {
    const ready = step.event('order.ready', 'all authorizations were valid before')
    return saveOrder(f, { state: 'finalizing', authorizations }, { events: [ready] })
  }
  f.order = { ...f.order, authorizations }
  if (step.domain.challenge === 'http-01') return publishAnswers(f, authorizations)
  const askedBefore = new Set(f.records.filter(({ state }) => state === 'asked').map(({ id }) => id))
  const planned = (await planChallengeRecords(step, f.order, f.places)).map((record) => {
    const there = f.records.find((one) => isSame(one, record))
    return there ? { ...record, id: there.id } : record
  })
  f.records = planned
  await saveOrder(
    f,
    { authorizations },
    { recordsWritten: planned, events: planned.map((row) => recordLine(step, 'record.planned', row)) },
  )
  step.report('preparing the challenge records')
  f.records = await writeRecords(step, planned)
  const news = f.records.filter(({ id, state }) => state === 'asked' && !askedBefore.has(id))
  await saveOrder(
    f,
    { state: 'published' },
    {
      recordsWritten: f.records,
      events: f.records.map((row) => recordLine(step, 'record.written', row, { state: row.state })),
    },
  )
  // In mode `none` nobody looks: that a person runs the command again is then what says that the records are there.
  if (news.length > 0 && step.services.settings.propagationMode === 'none') throw recordsWanted(f, news)
}

async function waitForServers(f: Fulfilment): Promise<void> {
  if (f.step.domain.challenge === 'http-01') return checkAnswers(f)
  const { step } = f
  const { settings } = step.services
  const dns = await step.services.dns()
  const byHand = f.records.filter(({ state }) => state === 'asked')
  step.report(byHand.length > 0 ? 'looking for the records' : 'waiting for the name servers')
  // Who waits in front of the screen must see what for.
  if (f.waitMs > 0) for (const { name, ttl, value } of byHand) step.report(`make this record: ${name}. ${ttl} IN TXT "${value}"`)
  const wanted = f.records.map(({ name, value }) => ({ name, type: 'TXT' as const, value }))
  try {
    const timeoutMs = byHand.length > 0 ? f.waitMs : settings.propagationTimeoutMs
    f.warnings.push(...(await dns.waitForRecords(wanted, { signal: step.signal, timeoutMs })))
  } catch (error) {
    if (byHand.length > 0 && error instanceof DomainctlError && error.code === 'DNS_NOT_PROPAGATED')
      throw recordsWanted(f, byHand, error)
    throw error
  }
  await saveOrder(f, { state: 'challenged' }, { events: [step.event('order.challenged', `${f.issuer.ca} is told to look`)] })
}

async function awaitValidation(f: Fulfilment): Promise<void> {
  const { step, issuer, account } = f
  const { url } = f.order
  if (url === undefined) throw new Error('an order was challenged before it had a URL')
  step.report('waiting for the CA to look')
  // After a crash nobody knows which challenges were answered; the authorizations do.
  const authorizations = f.resumed ? await readAuthorizations(f) : f.order.authorizations
  const open = authorizations.filter(({ status }) => status === 'pending')
  const { key } = account
  if (f.resumed) {
    if (!open.every((one) => isPublished(f, one))) return publishAnew(f)
    f.told = authorizations.some(({ status }) => status === 'processing')
    if (open.length > 0) await checkAgain(f)
  }
  const answering = inParallel(open, WIDTH, ({ challengeUrl }) => tell(f, challengeUrl, key))
  // Making the request takes a moment of its own, which passes while the CA looks.
  f.csr = requestFor(step, f.order)
  f.csr.catch(() => undefined)
  const answers = await answering
  const retryAfterMs = answers.flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
  f.atCa = await pollOrder(step, issuer, account, url, {
    while: ['pending'],
    ...(retryAfterMs.length > 0 && { retryAfterMs: Math.max(...retryAfterMs) }),
  })
  if (f.atCa.status === 'invalid') throw await validationFailed(f, f.atCa)
  // Nobody looks at the records any more.
  f.records = f.records.map(leaving)
  await saveOrder(
    f,
    { state: 'finalizing' },
    { recordsWritten: f.records, events: [step.event('order.ready', 'all authorizations are valid')] },
  )
}

/** Whether what is published answers the challenge as it is now. */
function isPublished({ records, answers }: Fulfilment, { txtValue, keyAuthorization }: OrderAuthorization): boolean {
  if (keyAuthorization !== undefined) return answers.some((one) => one.keyAuthorization === keyAuthorization)
  return txtValue === '' || records.some(({ value }) => value === txtValue)
}

/** The account has had another key since that was published, and now it has to be another (RFC 8555 §8.1). */
async function publishAnew(f: Fulfilment): Promise<void> {
  await saveOrder(f, { state: 'ordered' }, { events: [f.step.event('order.key_changed', 'the account has another key since')] })
  f.told = false
  await cleanUp(f)
}

/** Since an earlier run looked, CAA may have changed: nothing more is asked for what it forbids now. */
async function checkAgain({ step, issuer, account }: Fulfilment): Promise<void> {
  await step.commit({ events: await preflight(step, issuer, account.url) })
}

async function tell(f: Fulfilment, challengeUrl: string, key: string): Promise<{ retryAfterMs?: number }> {
  try {
    if (f.account.key !== key) throw new AccountKeyChanged()
    const answer = await f.issuer.answerChallenge(f.account, challengeUrl, f.step)
    f.told = true
    return answer
  } catch (error) {
    // A refusal was read; where nothing was, the CA may have heard all the same.
    const refused = error instanceof AccountKeyChanged || (error instanceof DomainctlError && error.code !== 'CA_UNREACHABLE')
    if (!refused) f.told = true
    throw error
  }
}

/** What each authorization asks for now. @throws `CA_ORDER_INVALID` when one of them has ended */
async function readAuthorizations(f: Fulfilment): Promise<OrderAuthorization[]> {
  const { step, issuer, account } = f
  const { key } = account
  const urls = f.atCa?.authorizations ?? f.order.authorizations.map(({ url }) => url)
  const authorizations = await inParallel(urls, WIDTH, (url) => issuer.getAuthorization(account, url, step))
  // Some were read with another key of the account, and ask for what was made from that.
  if (account.key !== key) return readAuthorizations(f)
  return authorizations.map((authorization) => {
    const { url, identifier, wildcard, status, dns01, http01 } = authorization
    const type = step.domain.challenge
    const challenge = type === 'http-01' ? http01 : dns01
    if (status !== 'pending' && status !== 'valid') throw orderEnded(f, [authorization])
    if (status === 'pending' && !challenge) {
      throw new DomainctlError('CA_REFUSED', `${issuer.ca} offers no ${type.toUpperCase()} challenge for ${identifier}.`, {
        hint: 'Choose another CA with --ca, or another challenge with --challenge.',
      })
    }
    // A challenge that was answered is not answered twice. What has gone from the DNS since is written again all the same.
    const open = status === 'pending' && challenge?.status === 'pending'
    const isAnew = type === 'dns-01' && f.order.state !== 'challenged'
    return {
      url,
      identifier,
      wildcard,
      status: status === 'valid' ? 'valid' : open || isAnew ? 'pending' : 'processing',
      type,
      challengeUrl: challenge?.url ?? '',
      challengeName: challengeName(identifier),
      txtValue: type === 'dns-01' ? (dns01?.txtValue ?? '') : '',
      ...(type === 'http-01' && http01 && { token: http01.token, keyAuthorization: http01.keyAuthorization }),
    }
  })
}

async function validationFailed(f: Fulfilment, order: IssuerOrder): Promise<DomainctlError> {
  const { issuer, account, step } = f
  const authorizations = await inParallel(order.authorizations, WIDTH, (url) => issuer.getAuthorization(account, url, step))
  return orderEnded(f, authorizations, order)
}

function orderEnded(f: Fulfilment, authorizations: IssuerAuthorization[], order?: IssuerOrder): DomainctlError {
  const { issuer } = f
  f.invalid = failedValidations(authorizations)
  const errorOf = ({ dns01, http01 }: IssuerAuthorization) => dns01?.error ?? http01?.error
  const failed = authorizations.filter((one) => errorOf(one) ?? one.status === 'invalid')
  const problem = failed.map(errorOf).find((error) => error) ?? order?.error
  const why = failed.map((one) => `${one.identifier}: ${errorOf(one)?.detail ?? one.status}`).join('; ')
  const cause = problem && causeOf(problem)
  if (failed.length > 0 && problem) {
    return new DomainctlError('CA_VALIDATION_FAILED', `${issuer.ca} did not find the proof (${why}).`, {
      hint: 'Look at what the CA saw, mend that, and repeat; failed validations count against the limits of the CA.',
      cause,
    })
  }
  return new DomainctlError(
    'CA_ORDER_INVALID',
    `The order ended at ${issuer.ca} (${why || order?.error?.detail || 'no reason was given'}).`,
    {
      hint: 'Run the same command again for a new order.',
      cause,
    },
  )
}

function recordsWanted(f: Fulfilment, byHand: WrittenRecord[], cause?: DomainctlError): DomainctlError {
  const names = [...new Set(byHand.map(({ name }) => name))]
  return new DomainctlError(
    'DNS_RECORDS_WANTED',
    `${byHand.length} TXT record(s) have to be made by hand, at ${names.join(', ')}.`,
    {
      hint: `Make them all, then run: domainctl issue ${f.step.domain.name}`,
      cause,
    },
  )
}

function isSame(a: WrittenRecord, b: WrittenRecord): boolean {
  return a.name === b.name && a.value === b.value && a.provider === b.provider && a.zone.id === b.zone.id
}
