import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RRset } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'
import { startPebble } from '../lab/servers/pebble.ts'
import { createCertificateCrypto } from '../packages/core/src/acme/crypto.ts'
import { certificatesPerSecond, type LoadOptions } from './acme-load.ts'
import { type Bench, difference, onLab } from './issuance.ts'
import { median, printTable } from './measure.ts'

/** Of a rival's loop so many names are run, and the time is scaled. */
const LOOP = 20
/** Pebble can lock itself up with more orders under way. */
const WIDTH = '16'
/** So many certificates of the bare client at each of these widths; the best one counts. */
const BARE = 400
const WIDTHS = [4, 8, 16]
/** newOrder, authorization, challenge, a look at the order, finalize, certificate (RFC 8555); Pebble wants one look more. */
const LEAST = 6

interface Bulk {
  seconds: number
  cpuSeconds: number
  megabytes: number
  requests: number
}

/** A hundred and a thousand names of one zone in one command: against a bare client at the same CA, and loops of others. */
export async function measureBulk(): Promise<void> {
  const hundreds: Bulk[] = []
  let thousand: Bulk | undefined
  let loops: { what: string; seconds: number }[] = []
  await onLab(async (bench) => {
    for (const round of [0, 1, 2]) hundreds.push(await issueMany(bench, 100, `ours${round}`))
    loops = Object.values(bench.rivals).map(({ program, settings, issue }, i) => {
      const names = namesOf(`${program}${i}`, LOOP)
      const ms = names.reduce((sum, name) => sum + issue(name), 0)
      return { what: `${program} in a loop (${settings})`, seconds: ms / 1000 / LOOP }
    })
  })
  let bare = { alone: Number.NaN, updating: Number.NaN }
  // A CA of its own: what it has issued before makes it slower, and it may have locked itself up.
  await onLab(
    async (bench) => {
      thousand = await issueMany(bench, 1_000, 'ours')
      bare = { alone: await bareRate(bench, false), updating: await bareRate(bench, true) }
    },
    { withRivals: false },
  )
  printTable('A bare client at this CA: JWS and HTTP alone, every challenge valid, nothing stored', [
    { what: `at its best of ${WIDTHS.join(', ')} orders under way`, measured: `${bare.alone.toFixed(0)} /s` },
    { what: 'with two updates of BIND a name', measured: `${bare.updating.toFixed(0)} /s` },
  ])
  const hundred = hundreds.toSorted((a, b) => a.seconds - b.seconds)[1]
  if (!hundred || !thousand) throw new Error('nothing was measured')
  printBulk('100 names of one zone (median of 3)', 100, hundred, bare)
  printBulk('1000 names of one zone', 1_000, thousand, bare)
  const each = median(hundreds.map(({ seconds }) => seconds)) / 100
  printTable(
    `100 names: others in a loop (${LOOP} names, scaled)`,
    loops.map(({ what, seconds }) => ({
      what,
      measured: `${(seconds * 100).toFixed(1)} s; domainctl is ${(seconds / each).toFixed(1)} × faster`,
      bound: '8 ×',
      holds: seconds >= 8 * each,
    })),
  )
}

function printBulk(title: string, names: number, of: Bulk, bare: { alone: number; updating: number }): void {
  const rate = names / of.seconds
  const share = rate / bare.alone
  printTable(title, [
    {
      what: `domainctl issue --from-file --concurrency ${WIDTH}`,
      measured: `${of.seconds.toFixed(2)} s, ${rate.toFixed(0)} /s`,
    },
    // Its own start counts for a hundred names: the bound is for what goes on.
    {
      what: 'as a share of the bare client',
      measured: share.toFixed(2),
      ...(names >= 1_000 && { bound: '0.3', holds: share >= 0.3 }),
    },
    { what: 'of the bare client with updates', measured: (rate / bare.updating).toFixed(2) },
    { what: 'CPU a certificate', measured: `${((of.cpuSeconds * 1000) / names).toFixed(1)} ms` },
    {
      what: 'peak memory (resident)',
      measured: `${of.megabytes.toFixed(0)} MB`,
      bound: '300 MB',
      holds: of.megabytes < 300,
    },
    {
      what: `requests a certificate; RFC 8555 needs ${LEAST}, Pebble ${LEAST + 1}`,
      measured: (of.requests / names).toFixed(2),
      bound: `${LEAST + 2}`,
      holds: of.requests / names <= LEAST + 2,
    },
  ])
}

async function issueMany({ lab, directory, domainctl }: Bench, count: number, label: string): Promise<Bulk> {
  const [file, usage] = [join(directory, `${label}-${count}.txt`), join(directory, `${label}-${count}.json`)]
  await writeFile(file, namesOf(label, count).join('\n'))
  const before = await lab.requests()
  const preload = pathToFileURL(join(import.meta.dirname, 'usage-at-exit.ts')).href
  const env = { NODE_OPTIONS: `--import=${preload}`, BENCH_USAGE: usage }
  const ms = domainctl.with(env, 'issue', '--quiet', '--from-file', file, '--concurrency', WIDTH)
  const asked = difference(await lab.requests(), before)
  const { cpuSeconds, megabytes } = JSON.parse(await readFile(usage, 'utf8'))
  const requests = Object.values(asked).reduce((sum, n) => sum + n, 0)
  return { seconds: ms / 1000, cpuSeconds, megabytes, requests }
}

/** The best of several widths, each with a fresh CA that takes every challenge for met. */
async function bareRate({ lab }: Bench, updates: boolean): Promise<number> {
  const { nameserver, key, secret, algorithm } = lab.rfc2136
  const provider = createRfc2136({ nameserver, tsigKey: key, tsigSecret: secret, tsigAlgorithm: algorithm })
  const zone = { id: 'example.test', name: 'example.test' }
  const { signal } = new AbortController()
  const publish: LoadOptions['publish'] = async (name, value, present) => {
    if (!updates) return
    const rrset: RRset = { name, type: 'TXT', ttl: 60, values: [value] }
    await (present ? provider.addValues(zone, rrset, { signal }) : provider.removeValues(zone, rrset, { signal }))
  }
  const rates: number[] = []
  for (const inFlight of WIDTHS) {
    const pebble = await startPebble({ dnsServer: lab.resolver, nonceReject: 0, alwaysValid: true })
    try {
      const roots = await readFile(pebble.tls.rootFile, 'utf8')
      const load = await requestsFor(namesOf(`bare${inFlight}${updates ? 'u' : ''}`, BARE))
      rates.push(await certificatesPerSecond({ directoryUrl: pebble.directoryUrl, roots, ...load, inFlight, publish }))
    } finally {
      await pebble.stop()
    }
  }
  await provider.close?.()
  return Math.max(...rates)
}

async function requestsFor(names: string[]): Promise<Pick<LoadOptions, 'names' | 'requests'>> {
  const { createKey, createCsr } = createCertificateCrypto()
  return { names, requests: await Promise.all(names.map(async (name) => createCsr(await createKey('ec256'), [name]))) }
}

function namesOf(label: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${label}-${i}.bulk.example.test`)
}
