import { addressType } from './canonical.ts'
import type { PlainRecord } from './finding.ts'
import type { OtherRecord } from './route.ts'
import { andMore } from './sentence.ts'

/**
 * Beside other records there is no room for a CNAME, and they may be somebody's mail or proof: they stay, and the name gets
 * the present addresses of the host.
 */
export function besideOthers(
  name: string,
  others: readonly OtherRecord[],
  addresses: readonly string[],
): PlainRecord[] | undefined {
  if (others.length === 0 || addresses.length === 0) return undefined
  return addresses.map((value): PlainRecord => ({ type: addressType(value), name, value }))
}

/** What to do so that they stay, a step each. */
export function keepOthers(target: string, others: readonly OtherRecord[]): string[] {
  const types = andMore([...new Set(others.map(({ type }) => type))], ' and ')
  const what = others.some(({ type }) => type === 'MX' || type === 'TXT') ? 'your e-mail may need them' : 'others may need them'
  return [
    `Do not remove the ${types} records: ${what}.`,
    `Give the name the addresses of ${target} in place of a CNAME. When your hosting company says that they have changed, change them here.`,
  ]
}
