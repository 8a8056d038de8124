import type { Answer, Fault, FaultRule, Problem } from '../fault-rule.ts'
import { pebblePaths } from '../fault-rule.ts'

/**
 * The requests of an order in their order, those by which an order is found whose answer was lost, and those of a renewal: the
 * columns of the matrix.
 */
export const REQUESTS = [
  'directory',
  'newNonce',
  'newAccount',
  'newOrder',
  'authorization',
  'challenge',
  'order',
  'finalize',
  'certificate',
  'account',
  'orders',
  'renewalInfo',
  'renewal',
] as const

/** `renewal`: the newOrder that says what it replaces. */
export type Request = (typeof REQUESTS)[number]

/** What a fault is made of. */
export interface Scene {
  request: Request
  /** The names of the certificate. */
  names: readonly string[]
  /** By the clock of the one who orders. */
  now: Date
  /** A chain that the same CA has issued for these names, for a key of somebody else. */
  chainOf(names: readonly string[]): Promise<string>
}

/** A kind of fault. */
export interface FaultKind {
  /** As the table shows it. */
  readonly title: string
  make(scene: Scene): Fault | Promise<Fault>
  /** The CA says when it wants to be asked again. */
  readonly namesTime?: boolean
  /** That time is a date. */
  readonly namesDate?: boolean
  /** Time passes fast for who waits for the CA. */
  readonly isWaitedOut?: boolean
  /** The client gives up after so many ms. */
  readonly timeoutMs?: number
}

const MINUTE = 60_000

const refuse = (title: string, status: number, o: { retryAfter?: number | string; problem?: Problem } = {}): FaultKind => ({
  title,
  make: () => ({ kind: 'refuse', status, ...o }),
  namesTime: typeof o.retryAfter === 'number',
})

const problem = (status: number, type: string, detail: string): FaultKind =>
  refuse(`${status} ${type}`, status, { problem: { type, detail } })

/** The CA has done what it was asked; of its answer only the body or its type is not what it should be. */
const rewrite = (title: string, answer: (answer: Answer) => Partial<Answer>): FaultKind => ({
  title,
  make: () => ({ kind: 'rewrite', answer: (good) => ({ ...good, ...answer(good) }) }),
})

const answered = (title: string, status: number, headers: Answer['headers'], body: string): FaultKind => ({
  title,
  make: () => ({ kind: 'instead', answer: { status, headers, body: Buffer.from(body) } }),
})

const chain = (title: string, body: (scene: Scene) => Promise<string>): FaultKind => ({
  title,
  async make(scene) {
    const text = await body(scene)
    return { kind: 'rewrite', answer: (good) => ({ ...good, body: Buffer.from(text) }) }
  },
})

const END = '-----END CERTIFICATE-----\n'

/** A problem that names one of the names. */
const ofOneName = (status: number, type: string): FaultKind => ({
  title: `${status} ${type} for one name of many`,
  make: ({ names }) => ({
    kind: 'refuse',
    status,
    problem: {
      type,
      detail: 'Some names were refused',
      subproblems: [{ type: 'caa', detail: 'CAA forbids it', identifier: { type: 'dns', value: names.at(-1) ?? '' } }],
    },
  }),
})

/** The rows of the matrix. */
export const FAULTS = {
  limited: refuse('429, Retry-After: 120', 429, { retryAfter: 120 }),
  limitedUntil: {
    title: '429, Retry-After: a date in 2 minutes',
    make: ({ now }) => ({ kind: 'refuse', status: 429, retryAfter: new Date(now.getTime() + 2 * MINUTE) }),
    namesTime: true,
    namesDate: true,
  },
  tomorrow: refuse('503, Retry-After: 86400', 503, { retryAfter: 86_400 }),
  nextMonth: refuse('503, Retry-After: 2592000', 503, { retryAfter: 2_592_000 }),
  soon: refuse('503, Retry-After: soon', 503, { retryAfter: 'soon' }),
  html: answered('500 with HTML', 500, { 'content-type': 'text/html' }, '<h1>Internal Server Error</h1>'),
  resetBefore: { title: 'reset before it was served', make: () => ({ kind: 'reset' }) },
  resetAfter: { title: 'reset after it was served', make: () => ({ kind: 'lose-answer' }) },
  slow: { title: 'slow bytes', make: () => ({ kind: 'dribble', everyMs: 200 }), timeoutMs: 3_000 },
  redirect: answered('redirect', 302, { location: 'https://elsewhere.test/' }, ''),
  contentType: rewrite('another content type', ({ headers }) => ({ headers: { ...headers, 'content-type': 'text/html' } })),
  cutOff: rewrite('a body that is cut off', ({ body }) => ({ body: body.subarray(0, 0.8 * body.length) })),
  tenMegabytes: rewrite('a body of 10 MB', () => ({ body: Buffer.alloc(10_000_000, ' ') })),
  badNonce: { title: '400 badNonce', make: () => ({ kind: 'bad-nonce' }) },
  noAccount: problem(400, 'accountDoesNotExist', 'Account not found'),
  userAction: problem(403, 'userActionRequired', 'Accept the new terms'),
  rejected: ofOneName(403, 'rejectedIdentifier'),
  caa: ofOneName(403, 'caa'),
  badCsr: problem(400, 'badCSR', 'The request is not accepted'),
  notReady: problem(403, 'orderNotReady', 'The order is not ready yet'),
  alreadyReplaced: problem(409, 'alreadyReplaced', 'It was replaced already'),
  foreignReplaces: problem(403, 'unauthorized', 'The certificate is of another account'),
  processing: { title: 'processing for ever', make: () => ({ kind: 'processing' }), isWaitedOut: true },
  processingTomorrow: {
    title: 'processing, Retry-After: 86400',
    make: () => ({ kind: 'processing', retryAfter: 86_400 }),
    namesTime: true,
    isWaitedOut: true,
  },
  pending: { ...rewrite('pending for ever', stillPending), isWaitedOut: true },
  otherNames: chain('a certificate for other names', ({ chainOf }) => chainOf(['decoy.example.test'])),
  otherKey: chain('a certificate for another key', ({ chainOf, names }) => chainOf(names)),
  noIntermediate: rewrite('a chain without its intermediate', ({ body }) => ({
    body: Buffer.from(`${body.toString().split(END)[0]}${END}`),
  })),
} as const satisfies Record<string, FaultKind>

export type FaultName = keyof typeof FAULTS

/** The CA has not looked yet. */
function stillPending({ headers, body }: Answer): Partial<Answer> {
  const { certificate: _, ...order }: Record<string, unknown> = JSON.parse(body.toString())
  return { headers, body: Buffer.from(JSON.stringify({ ...order, status: 'pending' })) }
}

/** Where the fault falls: on the requests of this kind. */
export function rulesFor(request: Request, fault: Fault, nth: number | undefined): FaultRule[] {
  const counted = nth === undefined ? {} : { nth }
  // An order is shown by finalize, too.
  if (fault.kind === 'processing') return [pebblePaths.order, pebblePaths.finalize].map((path) => ({ path, fault }))
  return [{ path: pebblePaths[request === 'renewal' ? 'newOrder' : request], ...counted, fault }]
}
