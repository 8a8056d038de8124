import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A key that BIND keeps a zone signed with: one for keys and records, by the policy `lab`. */
export const policy = `dnssec-policy "lab" {
  keys { csk lifetime unlimited algorithm ecdsap256sha256; };
  dnskey-ttl 60;
  parent-ds-ttl 60;
  zone-propagation-delay 1;
};
`

/** Makes that key for a zone in `directory`, where the policy is in `policy.conf`, and answers its DS record. */
export async function makeKey(zone: string, directory: string): Promise<string> {
  const made = await run('dnssec-keygen', ['-q', '-k', 'lab', '-l', 'policy.conf', '-K', 'keys', zone], { cwd: directory })
  return await dsOf(made.stdout.trim(), directory)
}

/**
 * Signs the file of a zone with its keys, for BIND to serve as it is. `expired`: with signatures that were good until a
 * week ago, as when whoever signs has stopped doing so. Validators let an hour to a day go, for clocks that differ.
 */
export async function signFile(o: {
  zone: string
  text: string
  directory: string
  file: string
  expired: boolean
}): Promise<void> {
  const { zone, text, directory, file, expired } = o
  const plain = join(directory, `${file}.plain`)
  await writeFile(plain, text)
  const times = expired ? ['-s', 'now-2592000', '-e', 'now-604800'] : ['-s', 'now-3600', '-e', 'now+864000']
  await run('dnssec-signzone', ['-q', '-P', '-S', '-K', 'keys', '-o', zone, ...times, '-f', file, plain], { cwd: directory })
}

/** Makes the keys of a zone that is signed by hand, and answers its DS record. */
export async function makePlainKey(zone: string, directory: string): Promise<string> {
  const arguments_ = ['-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', '-K', 'keys', zone]
  const made = await run('dnssec-keygen', arguments_, { cwd: directory })
  await run('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-K', 'keys', zone], { cwd: directory })
  return await dsOf(made.stdout.trim(), directory)
}

async function dsOf(key: string, directory: string): Promise<string> {
  const { stdout } = await run('dnssec-dsfromkey', ['-2', '-T', '60', `keys/${key}`], { cwd: directory })
  return stdout.trim()
}
