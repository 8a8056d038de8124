import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseZoneText, type ZoneRecord } from './zone-text.ts'

const run = promisify(execFile)

/** `ip:port` of a server, and a zone of it. */
interface Asked {
  server: string
  zone: string
}

const LARGE = 1 << 28

/** Every TXT record of the zone, by a transfer (AXFR, RFC 5936): what is left, whatever name it has. */
export async function txtRecordsOf(asked: Asked): Promise<ZoneRecord[]> {
  return (await transfer(asked, 'AXFR')).filter(({ type }) => type === 'TXT')
}

/** Every TXT record that was ever added, by an incremental transfer since the first version of the zone (IXFR, RFC 1995 §4). */
export async function txtRecordsEverOf(asked: Asked): Promise<ZoneRecord[]> {
  const added: ZoneRecord[] = []
  let isAddition = true
  // After the SOA of the newest version: pairs of what went, begun by the SOA before, and of what came, begun by the SOA after.
  for (const record of (await transfer(asked, 'IXFR=1')).slice(1)) {
    if (record.type === 'SOA') isAddition = !isAddition
    else if (isAddition && record.type === 'TXT') added.push(record)
  }
  return added
}

async function transfer({ server, zone }: Asked, type: string): Promise<ZoneRecord[]> {
  const [address = '', port = ''] = server.split(':')
  const args = [`@${address}`, '-p', port, '+tcp', '+nocmd', '+nostats', '+nocomments', '-q', zone, '-t', type]
  const records = parseZoneText((await run('dig', args, { maxBuffer: LARGE })).stdout)
  if (records[0]?.type !== 'SOA') throw new Error(`${server} did not transfer ${zone} (${type})`)
  return records
}
