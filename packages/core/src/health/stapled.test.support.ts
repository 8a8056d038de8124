import { createPrivateKey, KeyObject, sign, type webcrypto } from 'node:crypto'

export interface Answer {
  /** In hex, as X.509 prints it. */
  serial: string
  status?: 'good' | 'revoked' | 'unknown'
  from?: Date
  to?: Date
  /** Certificates that are sent with it, DER. */
  certificates?: Uint8Array[]
}

const STATUSES = { good: [0x80], revoked: [0xa1, '20250101000000Z'], unknown: [0x82] } as const

/** An OCSP answer (RFC 6960 §4.2.1) that this key has signed; a key as PEM, or one of WebCrypto. */
export function ocspAnswer(key: string | webcrypto.CryptoKey, answer: Answer): Buffer {
  const { serial, status = 'good', from = new Date(Date.now() - 3_600_000), to, certificates = [] } = answer
  const [tag, at] = STATUSES[status]
  const id = der(0x30, der(0x30, der(0x06, hex('2b0e03021a'))), der(4, hex('00')), der(4, hex('00')), der(2, hex(serial)))
  const until = to ? [der(0xa0, time(to))] : []
  const single = der(0x30, id, der(tag, ...(at ? [der(0x18, Buffer.from(at))] : [])), time(from), ...until)
  const data = der(0x30, der(0xa2, der(4, hex('00'))), time(from), der(0x30, single))
  const privateKey = typeof key === 'string' ? createPrivateKey(key) : KeyObject.from(key)
  const signature = der(3, hex('00'), sign('sha256', data, privateKey))
  const sent = certificates.length > 0 ? [der(0xa0, der(0x30, ...certificates.map((one) => Buffer.from(one))))] : []
  const basic = der(0x30, data, der(0x30, der(0x06, hex('2a8648ce3d040302'))), signature, ...sent)
  return der(0x30, der(0x0a, hex('00')), der(0xa0, der(0x30, der(0x06, hex('2b0601050507300101')), der(4, basic))))
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function time(at: Date): Buffer {
  return der(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replace(/\D/g, '')}Z`))
}
