import { type DnsProvider, DomainctlError, type RRset, systemClock, systemRandom } from '@domainctl/core'
import { providersFromEnvironment } from '../../config/providers.ts'
import type { Surroundings } from '../../context.ts'
import { mark } from '../../output/marks.ts'
import { printable } from '../../output/text.ts'
import { zoneLine } from '../../output/zone-file.ts'
import { INPUT_LIMIT, readInput } from '../../read-input.ts'
import { neededSandbox } from './needed-sandbox.ts'
import { type PublishedRecord, readPublishedRecords } from './published-records.ts'

/** How `--json` prints a record that was made. */
type MadeRecord = Pick<PublishedRecord, 'type' | 'name' | 'value' | 'ttl'> & { zone: string }

/**
 * `sandbox publish`: makes the records on standard input in the sandbox's zones, as a customer would at their panel.
 * @throws DomainctlError `SANDBOX_NOT_RUNNING`, `USAGE`; of the name server `PROVIDER_…`
 */
export async function sandboxPublish({ io, output }: Surroundings): Promise<number> {
  neededSandbox(io, ['RFC2136_NAMESERVER', 'RFC2136_TSIG_KEY'])
  const records = readPublishedRecords(await readStdin(io))
  // The environment's alone: a configuration file may give the same name to a real name server.
  const provider = await providersFromEnvironment(io).get('rfc2136')?.open({ clock: systemClock(), random: systemRandom() })
  if (provider === undefined) throw new Error('neededSandbox has seen the provider')
  const made: MadeRecord[] = []
  try {
    for (const record of records) {
      const zone = await make(record, provider, io.signal)
      const { type, name, value, ttl } = record
      made.push({ type, name, value, ttl, zone })
      if (!output.json) output.print(`${mark(output.paint, 'ok')} made  ${printable(zoneLine(record))}`)
    }
  } finally {
    await provider.close?.()
  }
  if (output.json) output.document({ records: made })
  else if (made.length === 0) output.note('There is no record to make.')
  return 0
}

/** @returns the zone that it was made in */
async function make(record: PublishedRecord, provider: DnsProvider, signal: AbortSignal): Promise<string> {
  const { name, type, value, ttl } = record
  const zone = await provider.findZone(name, { signal })
  // Its root and top-level zones are there to delegate, and take no records.
  if (zone === null || !zone.name.includes('.')) {
    throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `The sandbox has no zone for ${name}.`, {
      hint: 'Use names within its zones: example.test, or start it with --zone and the zone of this name.',
    })
  }
  const rrset: RRset = { name, type, ttl, values: [value] }
  // A name points to one place; proofs stand beside each other.
  if (type === 'CNAME') await provider.setRRset(zone, rrset, { signal })
  else await provider.addValues(zone, rrset, { signal })
  return zone.name
}

async function readStdin(io: Surroundings['io']): Promise<string> {
  const text = io.stdin.isTTY ? '' : await readInput(io.stdin, io.signal)
  if (text !== null) return text
  throw new DomainctlError('USAGE', `Standard input is longer than ${INPUT_LIMIT}.`, {
    hint: 'Publish the records of fewer domains at once.',
  })
}
