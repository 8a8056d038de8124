import type { AddOptions } from '../contracts/verb-options.ts'
import { CHALLENGE_TYPES, type ChallengeType, type Domain } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import type { Services } from './services.ts'

/**
 * How the names of a domain are to be proven to the CA.
 * @param there what is in the state
 * @throws DomainctlError `USAGE` where that cannot be done over HTTP
 */
export function challengeFor(
  { settings }: Pick<Services, 'settings'>,
  o: Pick<AddOptions, 'challenge'>,
  wanted: { names: readonly { name: string }[]; delegateZone: string | undefined },
  there?: Domain,
): ChallengeType {
  const challenge = o.challenge ?? there?.challenge ?? settings.challenge
  if (!CHALLENGE_TYPES.includes(challenge)) {
    throw new DomainctlError('USAGE', `${JSON.stringify(challenge)} is no type of challenge.`, {
      hint: `Such are: ${CHALLENGE_TYPES.join(', ')}.`,
    })
  }
  if (challenge === 'http-01') refuseOverHttp(wanted)
  return challenge
}

function refuseOverHttp({ names, delegateZone }: { names: readonly { name: string }[]; delegateZone: string | undefined }): void {
  const wildcard = names.find(({ name }) => name.startsWith('*.'))
  if (wildcard) {
    // Baseline Requirements §3.2.2.4.19; RFC 8555 §7.1.3 leaves it to the CA, and none does it.
    throw new DomainctlError(
      'USAGE',
      `${wildcard.name} cannot be proven with http-01: a wildcard stands for no host that could be asked.`,
      {
        hint: 'Use --challenge dns-01, or leave the wildcard out; all names of a certificate are proven in the same way.',
      },
    )
  }
  if (delegateZone === undefined) return
  throw new DomainctlError('USAGE', `A challenge that is delegated to ${delegateZone} is one over DNS, and http-01 was chosen.`, {
    hint: 'Leave out --delegate, or use --challenge dns-01.',
  })
}
