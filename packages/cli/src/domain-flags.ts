import { type AddOptions, DomainctlError } from '@domainctl/core'

/** Flags that say what a domain is to be: those of `add`, which `issue` takes as well. */
export interface DomainFlags {
  provider?: string
  ownership?: 'auto' | 'txt' | 'none'
  san?: string[]
  wildcard?: boolean
  delegate?: string
  target?: string
  address?: string[]
  contact?: string
  /** Only as a flag: the setting `ca` is the default of all domains. */
  ca?: string
  profile?: string
  label?: string[]
}

/**
 * The flags as the engine takes them.
 * @throws DomainctlError `USAGE` for a label that is not `key=value`, or `--target` together with `--address`
 */
export function addOptions(flags: DomainFlags): AddOptions {
  const { provider, ownership, san, wildcard, delegate, target, address, contact, ca, profile, label } = flags
  if (target !== undefined && address !== undefined) {
    throw new DomainctlError('USAGE', '--target and --address were given together.', {
      hint: 'A name is either a CNAME to a target or has addresses: give one of them.',
    })
  }
  return {
    ...(provider !== undefined && { provider }),
    ...(ownership !== undefined && { ownership }),
    ...(san !== undefined && { san }),
    ...(wildcard !== undefined && { wildcard }),
    ...(delegate !== undefined && { delegate }),
    ...(target !== undefined && { target }),
    ...(address !== undefined && { addresses: address }),
    ...(contact !== undefined && { contact }),
    ...(ca !== undefined && { ca }),
    ...(profile !== undefined && { profile }),
    ...(label !== undefined && { labels: parseLabels(label) }),
  }
}

/**
 * Reads `key=value` pairs.
 * @throws DomainctlError `USAGE`
 */
export function parseLabels(pairs: readonly string[]): Record<string, string> {
  const labels = new Map<string, string>()
  for (const pair of pairs) {
    const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(pair) ?? []
    if (key === undefined || value === undefined) {
      throw new DomainctlError('USAGE', `--label: expected key=value, found ${JSON.stringify(pair)}.`, {
        hint: 'Such as --label env=production.',
      })
    }
    if (labels.has(key)) {
      throw new DomainctlError('USAGE', `--label: ${key} was given twice.`, { hint: 'Leave one of them out.' })
    }
    labels.set(key, value)
  }
  return Object.fromEntries(labels)
}
