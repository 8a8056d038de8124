const DAY = 86_400_000

/** When a certificate is valid, ISO 8601 UTC. */
export interface Validity {
  notBefore: string
  notAfter: string
}

/** Whether so little of it is left as one that is renewed in time never has: a sixth of its life, and no more than 14 days. */
export function endsSoon({ notBefore, notAfter }: Validity, now: Date): boolean {
  const end = new Date(notAfter).getTime()
  const soon = Math.min(14 * DAY, (end - new Date(notBefore).getTime()) / 6)
  return end - now.getTime() <= soon
}
