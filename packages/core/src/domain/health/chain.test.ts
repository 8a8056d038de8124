import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeChain, type SentCertificate, type SentChain } from './chain.ts'

const NOW = new Date('2026-06-01')
const DAY = 24 * 60 * 60 * 1000
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY)

/** One of a chain, by its place in it: 0 is the server's own, the last is below the root. */
interface Link {
  level: number
  notAfter?: Date
}

/** What is sent of a chain of so many below a root, in this order. */
function sent(links: readonly Link[], levels: number): SentCertificate[] {
  return links.map(({ level, notAfter = inDays(60) }) => ({
    subject: `L${level}`,
    issuer: level === levels ? 'Root' : `L${level + 1}`,
    fingerprint: `f${level}`,
    notBefore: inDays(-30),
    notAfter,
    isSelfSigned: false,
    signers: links.flatMap((other, place) => (other.level === level + 1 ? [place] : [])),
    ...(level === levels && { root: { name: 'Root', isItself: false } }),
  }))
}

function chainOf(certificates: SentCertificate[], o: Partial<SentChain> = {}): SentChain {
  return { name: 'a.test', isForName: true, names: ['a.test'], sent: certificates, isTrusted: false, ...o }
}

/** A chain's levels, with the server's own first and the others in any order. */
const shuffled = fc
  .integer({ min: 1, max: 8 })
  .chain((levels) =>
    fc.shuffledSubarray(range(1, levels), { minLength: levels }).map((order) => ({ levels, order: [0, ...order] })),
  )

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

describe('judgeChain', () => {
  it('takes every complete chain, whatever the order, and says when it is another', () => {
    fc.assert(
      fc.property(shuffled, ({ levels, order }) => {
        const { fault, warnings } = judgeChain(
          chainOf(
            sent(
              order.map((level) => ({ level })),
              levels,
            ),
          ),
          NOW,
        )
        expect(fault).toBeUndefined()
        const isInOrder = order.every((level, i) => level === i)
        expect(warnings.some(({ code }) => code === 'TLS_CHAIN_ORDER')).toBe(!isInOrder)
      }),
    )
  })

  it('names the certificate that is missing, wherever the gap is', () => {
    fc.assert(
      fc.property(shuffled, fc.nat(), ({ levels, order }, n) => {
        const missing = 1 + (n % levels)
        const rest = order.filter((level) => level !== missing).map((level) => ({ level }))
        const { fault } = judgeChain(chainOf(sent(rest, levels)), NOW)
        // Without the last, nothing that is sent shows that there is a root.
        const isGap = missing < levels || missing === 1
        expect(fault?.code).toBe(isGap ? 'TLS_INTERMEDIATE_MISSING' : 'TLS_ROOT_UNKNOWN')
        expect(fault?.why).toContain(`L${missing}`)
      }),
    )
  })

  it('says of what has expired where it stands in the chain', () => {
    fc.assert(
      fc.property(shuffled, fc.nat(), ({ levels, order }, n) => {
        const over = n % (levels + 1)
        const links = order.map((level) => (level === over ? { level, notAfter: inDays(-1) } : { level }))
        const { fault } = judgeChain(chainOf(sent(links, levels)), NOW)
        expect(fault?.code).toBe(over === 0 ? 'TLS_CERTIFICATE_EXPIRED' : 'TLS_CHAIN_EXPIRED')
      }),
    )
  })

  it('goes round what has expired where there is another way to a root', () => {
    const [own, over, good] = sent([{ level: 0 }, { level: 1, notAfter: inDays(-1) }, { level: 1 }], 1)
    if (!own || !over || !good) throw new Error('there are three')
    const chain = chainOf([{ ...own, signers: [1, 2] }, over, good])
    expect(judgeChain(chain, NOW).fault).toBeUndefined()
  })

  it('ends where certificates sign each other in a circle', () => {
    const [own, other] = sent([{ level: 0 }, { level: 1 }], 3)
    if (!own || !other) throw new Error('there are two')
    const chain = chainOf([
      { ...own, signers: [1] },
      { ...other, signers: [0] },
    ])
    expect(judgeChain(chain, NOW).fault?.code).toBe('TLS_ROOT_UNKNOWN')
  })

  it('is done at once with certificates that all signed each other', () => {
    const all = sent(
      range(0, 11).map((level) => ({ level })),
      20,
    ).map((one, place) => ({ ...one, signers: range(0, 11).filter((other) => other !== place) }))
    expect(judgeChain(chainOf(all), NOW).fault?.code).toBe('TLS_ROOT_UNKNOWN')
  })

  it('tells the worst first: that nobody trusts it, then the name, the dates, the key', () => {
    const [own] = sent([{ level: 0, notAfter: inDays(-1) }], 0)
    if (!own) throw new Error('there is one')
    const weak = { ...own, weakness: 'an RSA key of 1024 bits' }
    const codeOf = (certificate: SentCertificate, o: Partial<SentChain> = {}) =>
      judgeChain(chainOf([certificate], o), NOW).fault?.code
    const { root: _, ...unknown } = weak
    expect(codeOf({ ...unknown, isSelfSigned: true }, { isForName: false })).toBe('TLS_SELF_SIGNED')
    expect(codeOf(weak, { isForName: false, refusal: 'path length exceeded' })).toBe('TLS_CHAIN_REFUSED')
    expect(codeOf(weak, { isForName: false })).toBe('TLS_NAME_MISMATCH')
    expect(codeOf(weak)).toBe('TLS_CERTIFICATE_EXPIRED')
    expect(codeOf({ ...weak, notAfter: inDays(60) })).toBe('TLS_KEY_WEAK')
    expect(judgeChain(chainOf([]), NOW).fault?.code).toBe('TLS_CERTIFICATE_NONE')
  })
})
