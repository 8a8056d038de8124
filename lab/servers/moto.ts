import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startDaemon, temporaryDirectory } from './daemon.ts'
import { freePort } from './port.ts'

/** Where `scripts/lab-install.sh --moto` puts it. */
const folder = fileURLToPath(new URL('../../.lab/moto', import.meta.url))
const program = `${folder}/bin/moto_server`

/** moto as it is wanted is installed: it is for those who ask for it (`scripts/lab-install.sh --moto`). */
export function hasMoto(): boolean {
  const stamp = `${folder}/moto.version`
  const wanted = readFileSync(new URL('../moto.version', import.meta.url), 'utf8').trim()
  return existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted
}

/** A record set as moto shows it. */
export interface MotoSet {
  name: string
  type: string
  ttl: number
  values: string[]
}

export interface Moto {
  readonly url: string
  /** Makes a public hosted zone; answers with its id. */
  createZone(apex: string): Promise<string>
  sets(zoneId: string): Promise<MotoSet[]>
  upsert(zoneId: string, set: MotoSet): Promise<void>
  stop(): Promise<void>
}

const NAMESPACE = 'xmlns="https://route53.amazonaws.com/doc/2013-04-01/"'

/** Starts moto, a mock of AWS that forgets everything when it ends. It is asked without the SDK of AWS. */
export async function startMoto(): Promise<Moto> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const daemon = await startDaemon({
    name: 'moto',
    command: program,
    args: ['-H', '127.0.0.1', '-p', String(port)],
    directory,
    ready: async () => (await fetch(`${url}/moto-api/`)).ok,
  })
  starting.defer(() => daemon.stop())

  async function ask(method: string, path: string, body?: string): Promise<string> {
    const headers = {
      'content-type': 'application/xml',
      // It looks in here for the service that is meant, and does not check the signature.
      authorization: 'AWS4-HMAC-SHA256 Credential=lab/20300101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0',
    }
    const answer = await fetch(`${url}/2013-04-01/${path}`, { method, headers, ...(body !== undefined && { body }) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`moto answered ${answer.status}: ${text}`)
    return text
  }

  const running = starting.move()
  return {
    url,
    async createZone(apex) {
      const request = `<Name>${apex}</Name><CallerReference>${apex}</CallerReference>`
      const text = await ask('POST', 'hostedzone', `<CreateHostedZoneRequest ${NAMESPACE}>${request}</CreateHostedZoneRequest>`)
      return elements(text, 'Id')[0]?.replace('/hostedzone/', '') ?? ''
    },
    async sets(zoneId) {
      const text = await ask('GET', `hostedzone/${zoneId}/rrset`)
      return elements(text, 'ResourceRecordSet').map((set) => ({
        name: elements(set, 'Name')[0] ?? '',
        type: elements(set, 'Type')[0] ?? '',
        ttl: Number(elements(set, 'TTL')[0]),
        values: elements(set, 'Value'),
      }))
    },
    async upsert(zoneId, { name, type, ttl, values }) {
      const records = values.map((value) => `<ResourceRecord><Value>${escaped(value)}</Value></ResourceRecord>`).join('')
      const set = `<Name>${name}</Name><Type>${type}</Type><TTL>${ttl}</TTL><ResourceRecords>${records}</ResourceRecords>`
      const change = `<Change><Action>UPSERT</Action><ResourceRecordSet>${set}</ResourceRecordSet></Change>`
      const batch = `<ChangeBatch><Changes>${change}</Changes></ChangeBatch>`
      const request = `<ChangeResourceRecordSetsRequest ${NAMESPACE}>${batch}</ChangeResourceRecordSetsRequest>`
      await ask('POST', `hostedzone/${zoneId}/rrset/`, request)
    },
    stop: () => running.disposeAsync(),
  }
}

/** What is inside of the elements of a name; none of those that are asked for here has one of its own name in it. */
function elements(xml: string, name: string): string[] {
  return Array.from(xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs')), ([, inner = '']) =>
    inner.includes('<') ? inner : unescaped(inner),
  )
}

function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#34': '"', '#39': "'" }
  return text.replace(/&([^;]+);/g, (entity, name: string) => named[name] ?? entity)
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
