import type { CertificateReport } from '@domainctl/core'
import type { Paint } from './paint.ts'

type Lifetime = Pick<CertificateReport, 'notBefore' | 'notAfter' | 'renewAt'>

/**
 * What is left of the life of a certificate, as a bar of `width` columns: yellow where its renewal is overdue, red in the last
 * tenth and behind the end. Something is left as long as it is valid.
 */
export function lifetimeBar({ notBefore, notAfter, renewAt }: Lifetime, now: Date, paint: Paint, width: number): string {
  const [from, to, at] = [Date.parse(notBefore), Date.parse(notAfter), now.getTime()]
  const left = Math.min(1, Math.max(0, (to - at) / Math.max(1, to - from)))
  const full = left > 0 ? Math.max(1, Math.round(left * width)) : 0
  const meaning = left < 0.1 ? 'bad' : at >= Date.parse(renewAt) ? 'waiting' : 'good'
  // One style for all of it, so that the empty part tells as well that it is over.
  return paint(meaning, '█'.repeat(full) + '░'.repeat(width - full))
}
