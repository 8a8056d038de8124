import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDomainctl, type Domainctl, type DomainctlOptions } from '@domainctl/core'
import { createManual, createRfc2136 } from '@domainctl/providers'

import type { Lab } from './lab.ts'

/** domainctl as a program imports it, on the lab, with a state of its own that goes with it. */
export interface Engine extends AsyncDisposable {
  readonly domainctl: Domainctl
  readonly directory: string
  /** Another one on the same state, as another process would be. */
  again(options?: Partial<DomainctlOptions>): Promise<Domainctl>
}

export async function openEngine(lab: Lab, options: Partial<DomainctlOptions> = {}): Promise<Engine> {
  await using opening = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-lab-'))
  opening.defer(() => rm(directory, { recursive: true, force: true }))
  const again = async (more: Partial<DomainctlOptions> = {}) => {
    const opened = await createDomainctl({ ...(await labOptions(lab, directory)), ...options, ...more })
    open.defer(() => opened.close())
    return opened
  }
  const open = opening.use(new AsyncDisposableStack())
  const domainctl = await again()
  const kept = opening.move()
  return { domainctl, directory, again, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** What a user of the library says to work on this lab. */
export async function labOptions(lab: Lab, directory: string): Promise<DomainctlOptions> {
  const { nameserver, key, secret, algorithm } = lab.rfc2136
  return {
    state: `file:${join(directory, 'state.db')}`,
    ca: lab.ca,
    caRoots: await readFile(lab.caRoot, 'utf8'),
    acceptTerms: true,
    resolvers: [lab.resolver],
    authoritativePort: lab.authoritativePort,
    allowPrivate: true,
    provider: 'rfc2136',
    providers: {
      rfc2136: createRfc2136({ nameserver, tsigKey: key, tsigSecret: secret, tsigAlgorithm: algorithm }),
      manual: createManual(),
    },
  }
}

/** What a certificate is to a visitor: its names, and whether it was issued under this CA's root. */
export async function readChain(lab: Lab, fullchain: string): Promise<{ names: string[]; serial: string; trusted: boolean }> {
  const [leaf, ...rest] = (fullchain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
    (pem) => new X509Certificate(pem),
  )
  if (!leaf) throw new Error('the chain is empty')
  const root = new X509Certificate(await readFile(lab.issuerRoot))
  const chain = [leaf, ...rest, root]
  const trusted = chain.slice(0, -1).every((certificate, i) => {
    const issuer = chain[i + 1]
    return issuer !== undefined && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  })
  const names = (leaf.subjectAltName ?? '').split(', ').map((san) => san.replace(/^DNS:/, ''))
  return { names: names.sort(), serial: leaf.serialNumber, trusted }
}

/** The TXT values at the primary, whatever the secondary has by now. */
export async function txtAt(lab: Lab, name: string): Promise<string[]> {
  const { answer } = await lab.dig(name, 'TXT', lab.addresses.primary)
  return answer.filter(({ type }) => type === 'TXT').map(({ data }) => data.replaceAll('"', ''))
}
