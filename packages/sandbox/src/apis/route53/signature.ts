import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Route53Refusal } from './refusal.ts'

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Route 53 has one endpoint for the whole world, which is signed for by the name of this region. */
const REGION = 'us-east-1'

const SERVICE = 'route53'

/** How far the clocks of client and server may be apart. */
const PATIENCE_MS = 15 * 60_000

/** A request as it came, before anything in it is decoded. */
export interface SignedRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
}

/**
 * Checks the signature of a request: AWS Signature Version 4 in the Authorization header
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * @param secretOf the secret of an access key; undefined for one that nobody has
 * @returns the access key id
 * @throws Route53Refusal with the codes of https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html
 */
export function checkSignature(request: SignedRequest, secretOf: (accessKeyId: string) => string | undefined, now: Date): string {
  const { credential, signedHeaders, signature } = readAuthorization(request.headers.authorization)
  const [accessKeyId = '', day = '', region, service, last] = credential.split('/')
  const secret = secretOf(accessKeyId)
  // Keys that last have no session token (https://github.com/barnybug/cli53/issues/278).
  if (secret === undefined || request.headers['x-amz-security-token'] !== undefined) {
    throw new Route53Refusal(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.')
  }
  // https://github.com/aws/aws-sdk-php/issues/732
  if (region !== REGION) throw mismatch(`Credential should be scoped to a valid region, not '${region}'.`)
  if (service !== SERVICE || last !== 'aws4_request') {
    throw mismatch(`Credential should be scoped to correct service: '${SERVICE}'.`)
  }
  const date = headerOf(request.headers, 'x-amz-date')
  checkDate(date, day, now)
  for (const needed of ['host', 'x-amz-date']) {
    if (!signedHeaders.includes(needed)) throw mismatch(`'${needed}' must be a 'SignedHeader' in the AWS Authorization.`)
  }
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = [ALGORITHM, date, scope, sha256(canonical(request, signedHeaders))].join('\n')
  const key = [day, REGION, SERVICE, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  const expected = hmac(key, toSign)
  const given = Buffer.from(signature, 'hex')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    // https://github.com/agilord/aws_client/issues/453
    throw mismatch(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  }
  return accessKeyId
}

function readAuthorization(header: string | undefined): { credential: string; signedHeaders: string[]; signature: string } {
  if (header === undefined) throw new Route53Refusal(403, 'MissingAuthenticationToken', 'Missing Authentication Token')
  const [, algorithm, rest = ''] = /^(\S+) +(.*)$/.exec(header) ?? []
  const parts = new Map(rest.split(/, */).map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]))
  const [credential, signedHeaders, signature] = ['Credential', 'SignedHeaders', 'Signature'].map((name) => parts.get(name))
  if (algorithm !== ALGORITHM || !credential || !signedHeaders || !signature) {
    const needs = "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters"
    throw new Route53Refusal(400, 'IncompleteSignature', `${needs}, and the algorithm ${ALGORITHM}.`)
  }
  return { credential, signedHeaders: signedHeaders.split(';'), signature }
}

function checkDate(date: string, day: string, now: Date): void {
  const [, y, m, d, h, min, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  const time = Date.parse(`${y}-${m}-${d}T${h}:${min}:${s}Z`)
  if (Number.isNaN(time)) throw mismatch(`Date must be in ISO-8601 'basic format'. Got '${date}'.`)
  if (!date.startsWith(`${day}T`)) {
    throw mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date}'.`,
    )
  }
  const basic = now.toISOString().replace(/[-:]|\.\d+/g, '')
  if (time < now.getTime() - PATIENCE_MS) throw mismatch(`Signature expired: ${date} is now earlier than ${basic} - 15 min.`)
  if (time > now.getTime() + PATIENCE_MS)
    throw mismatch(`Signature not yet current: ${date} is still later than ${basic} + 15 min.`)
}

/** The canonical request. */
function canonical({ method, target, headers, body }: SignedRequest, signedHeaders: readonly string[]): string {
  const [path = '', query = ''] = target.split(/\?(.*)/s)
  const pairs = query.split('&').filter((pair) => pair !== '')
  const parameters = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    return `${escaped(decoded(name))}=${escaped(decoded(value))}`
  })
  const given = headerOf(headers, 'x-amz-content-sha256')
  const hash = sha256(body)
  if (given !== '' && given !== hash) {
    throw mismatch("The value passed in as x-amz-content-sha256 is not the hash of the request's body.")
  }
  return [
    method,
    // All services but S3 escape the path as it was sent once more.
    escaped(path).replaceAll('%2F', '/'),
    parameters.sort().join('&'),
    ...signedHeaders.map((name) => `${name}:${headerOf(headers, name).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    hash,
  ].join('\n')
}

function headerOf(headers: IncomingHttpHeaders, name: string): string {
  return [headers[name] ?? ''].flat().join(',')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw mismatch('The query cannot be decoded.')
  }
}

/** RFC 3986 §2.3: all but the unreserved. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

function mismatch(message: string): Route53Refusal {
  return new Route53Refusal(403, 'SignatureDoesNotMatch', message)
}
