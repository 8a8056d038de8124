import { isIP } from 'node:net'
import { type AddOptions, type ChallengeType, DomainctlError, type KeyType } from '@domainctl/core'
import { isEmail } from './forms.ts'
import { type HealthCheckFlags, healthCheckOf } from './health-flags.ts'
import { shortened } from './output/text.ts'

/** Flags that say what a domain is to be: those of `add`, which `issue` takes as well. */
export interface DomainFlags extends HealthCheckFlags {
  provider?: string
  ownership?: 'auto' | 'txt' | 'none'
  san?: string[]
  wildcard?: boolean
  challenge?: ChallengeType
  delegate?: string
  target?: string
  address?: string[]
  /** False with `--no-probe`. */
  probe?: boolean
  probePath?: string
  probeToken?: string
  contact?: string
  /** Only as a flag: the setting `ca` is the default of all domains. */
  ca?: string[]
  keyType?: KeyType
  /** Path of a certificate request; false with `--no-csr`. */
  csr?: string | false
  reuseKey?: boolean
  /** False with `--no-preferred-chain`. */
  preferredChain?: string | false
  profile?: string
  label?: string[]
  /** False with `--no-deploy`. */
  deploy?: string[] | false
  /** False with `--no-upstream`. */
  upstream?: string | false
}

/**
 * The flags as the engine takes them, but for the file of `--csr`, which csr-flag.ts reads.
 * @throws DomainctlError `USAGE` that names the option: for an empty value, an address where a host is wanted, a label
 * that is not `key=value`, `--target` together with `--address`, `--no-probe` together with what it is about
 */
export function addOptions(flags: DomainFlags): AddOptions {
  const { provider, ownership, san, wildcard, challenge, delegate, target, address, contact, ca, keyType, profile, label } = flags
  if (target !== undefined && address !== undefined) {
    throw new DomainctlError('USAGE', '--target and --address were given together.', {
      hint: 'A name is either a CNAME to a target or has addresses: give one of them.',
    })
  }
  refuseEmpty('--target', target)
  refuseEmpty('--delegate', delegate)
  refuseEmpty('--san', ...(san ?? []))
  refuseEmpty('--deploy', ...(flags.deploy || []))
  if (target !== undefined && isIP(target) !== 0) {
    throw new DomainctlError('USAGE', `--target: expected the name of a host, found the address ${target}.`, {
      hint: `For addresses: --address ${target}`,
    })
  }
  if (contact !== undefined && !isEmail(contact)) {
    throw new DomainctlError('USAGE', `--contact: expected an e-mail address, found ${JSON.stringify(shortened(contact))}.`, {
      hint: 'Such as --contact you@example.com.',
    })
  }
  return {
    ...(provider !== undefined && { provider }),
    ...(ownership !== undefined && { ownership }),
    ...(san !== undefined && { san }),
    ...(wildcard !== undefined && { wildcard }),
    ...(challenge !== undefined && { challenge }),
    ...(delegate !== undefined && { delegate }),
    ...(target !== undefined && { target }),
    ...(address !== undefined && { addresses: address }),
    ...probeOption(flags),
    ...(contact !== undefined && { contact }),
    ...(ca !== undefined && { ca: ca.flatMap((text) => text.split(',')).map((text) => text.trim()) }),
    ...(keyType !== undefined && { keyType }),
    ...(flags.csr === false && { csr: false as const }),
    ...(flags.reuseKey !== undefined && { reuseKey: flags.reuseKey }),
    ...(flags.preferredChain !== undefined && { preferredChain: flags.preferredChain }),
    ...(profile !== undefined && { profile }),
    ...(label !== undefined && { labels: parseLabels(label) }),
    ...(flags.deploy !== undefined && { deploy: flags.deploy }),
    ...healthCheckOf(flags),
    ...(flags.upstream !== undefined && { upstream: flags.upstream }),
  }
}

/** Who says how to probe wants it. */
function probeOption({ probe, probePath, probeToken }: DomainFlags): Pick<AddOptions, 'probe'> {
  if (probePath === undefined && probeToken === undefined) return probe === undefined ? {} : { probe }
  if (probe === false) {
    throw new DomainctlError(
      'USAGE',
      `--no-probe and --probe-${probePath === undefined ? 'token' : 'path'} were given together.`,
      {
        hint: 'Leave one of them out.',
      },
    )
  }
  return {
    probe: { ...(probePath !== undefined && { path: probePath }), ...(probeToken !== undefined && { token: probeToken }) },
  }
}

function refuseEmpty(flag: string, ...values: (string | undefined)[]): void {
  if (values.every((value) => value?.trim() !== '')) return
  throw new DomainctlError('USAGE', `${flag}: expected a name, found nothing.`, {
    hint: `Give ${flag} a name, or leave it out; a variable of the shell may be empty.`,
  })
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
