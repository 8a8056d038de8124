/** How near a certificate is to its end (requirements H4), from least to most. */
export type Expiry = 'fine' | 'warning' | 'critical' | 'expired'

const DAY = 24 * 60 * 60 * 1000
const CRITICAL_DAYS = 7

/**
 * How near its end a certificate is: a warning when a quarter of its lifetime is left, critical at 7 days or an eighth,
 * whichever is less, so that certificates of six days are not critical all their life. Renewal begins at a third or a half, so
 * neither is met where it works.
 */
export function expiryOf({ notBefore, notAfter }: { notBefore: Date; notAfter: Date }, now: Date): Expiry {
  const left = notAfter.getTime() - now.getTime()
  const lifetime = notAfter.getTime() - notBefore.getTime()
  if (left < 0) return 'expired'
  if (left <= Math.min(CRITICAL_DAYS * DAY, lifetime / 8)) return 'critical'
  return left <= lifetime / 4 ? 'warning' : 'fine'
}

/** How near the end is: see {@link expiryLevel}. */
export type ExpiryLevel = 'warning' | 'critical'

/** What people were told of the certificate that is in use, so that they are told of each level once. Plain JSON. */
export interface ExpiryTold {
  certificateId: string
  level: ExpiryLevel
}

/** {@link expiryOf} a certificate that nothing has replaced, as people are told of it; null: far enough. */
export function expiryLevel(certificate: { notBefore: Date; notAfter: Date }, now: Date): ExpiryLevel | null {
  const expiry = expiryOf(certificate, now)
  if (expiry === 'fine') return null
  return expiry === 'warning' ? 'warning' : 'critical'
}

/** The level that is to be told now, or null: it is far enough, or they know. */
export function expiryNews(
  certificate: { id: string; notBefore: Date; notAfter: Date },
  told: ExpiryTold | undefined,
  now: Date,
): ExpiryTold | null {
  const level = expiryLevel(certificate, now)
  if (level === null) return null
  if (told?.certificateId === certificate.id && (told.level === level || told.level === 'critical')) return null
  return { certificateId: certificate.id, level }
}
