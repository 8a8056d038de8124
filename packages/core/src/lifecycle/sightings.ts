import type { Observation } from '../contracts/dns.ts'
import type { SeenAnswer } from '../contracts/verification.ts'
import type { Sighting } from '../domain/diagnosis/record.ts'

/** What each server showed, as the diagnosis takes it. */
export function sightings({ answers }: Observation): Sighting[] {
  return answers.map(({ server, rcode, outcome, values, cname }) => ({
    server: `${server.name} (${server.address})`,
    rcode,
    usable: outcome === 'answer',
    values,
    ...(cname !== undefined && { cname }),
  }))
}

/** What each server said, for people and programs. */
export function seenAnswers(observation: Observation): SeenAnswer[] {
  return observation.answers.map(({ server, rcode, values, cname, ttl }) => ({
    server: `${server.name} (${server.address})`,
    rcode,
    values: cname !== undefined && values.length === 0 ? [`CNAME ${cname}`] : values,
    ...(ttl !== undefined && { ttl }),
  }))
}
