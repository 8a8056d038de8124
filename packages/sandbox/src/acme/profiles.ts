import { malformed } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import type { CaSettings, Profile } from './settings.ts'

/** A profile, and what it is called. */
export interface NamedProfile extends Profile {
  readonly name: string
}

/**
 * The profile that an order asks for by its member `profile` (draft-ietf-acme-profiles §4), or the first one.
 * @returns undefined when this CA has none; then the member is one that it does not know
 * @throws AcmeProblem `invalidProfile`, `malformed`
 */
export function readProfile({ profiles }: CaSettings, asked: unknown): NamedProfile | undefined {
  if (asked !== undefined && typeof asked !== 'string') throw malformed('The profile has to be a string.')
  const [first] = Object.keys(profiles)
  return first === undefined ? undefined : profileNamed(profiles, asked ?? first)
}

/**
 * What is left of the profile of an order when it is finalized (draft-ietf-acme-profiles §4).
 * @throws AcmeProblem `invalidProfile` when it has been taken away
 */
export function profileNamed(profiles: CaSettings['profiles'], name: string): NamedProfile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  if (!profile) throw new AcmeProblem('invalidProfile', 400, `This CA has no profile ${JSON.stringify(name.slice(0, 64))}.`)
  return { ...profile, name }
}
