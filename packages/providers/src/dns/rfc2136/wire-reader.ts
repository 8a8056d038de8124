import { DomainctlError } from '@domainctl/core'
import { labelText } from './name.ts'

/** Reads octets in order, never past the end. */
export class WireReader {
  offset = 0
  readonly #bytes: Buffer

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  uint16(): number {
    return this.octets(2).readUInt16BE()
  }

  uint32(): number {
    return this.octets(4).readUInt32BE()
  }

  uint48(): number {
    return this.octets(6).readUIntBE(0, 6)
  }

  octets(length: number): Buffer {
    if (this.offset + length > this.#bytes.length) throw notDns('it ends too early')
    this.offset += length
    return this.#bytes.subarray(this.offset - length, this.offset)
  }

  /** A name as text, `''` for the root. */
  name(): string {
    return this.#labels().map(labelText).join('.')
  }

  /** A name, with its compression undone. */
  uncompressedName(): Buffer {
    return Buffer.concat([...this.#labels().flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])])
  }

  #labels(): Buffer[] {
    const labels: Buffer[] = []
    let length = 1
    let after: number | undefined
    // A pointer may only point before the place where its name, or the pointer before it, began: this ends every loop.
    let limit = this.offset
    for (;;) {
      const head = this.octets(1).readUInt8()
      if (head === 0) break
      if (head >= 0xc0) {
        const target = ((head & 0x3f) << 8) | this.octets(1).readUInt8()
        if (target >= limit) throw notDns('a compressed name does not point backwards')
        after ??= this.offset
        limit = target
        this.offset = target
      } else if (head > 63) {
        throw notDns('a label has an unknown type')
      } else {
        length += head + 1
        if (length > 255) throw notDns('a name is longer than 255 octets')
        labels.push(this.octets(head))
      }
    }
    this.offset = after ?? this.offset
    return labels
  }
}

/** The error for octets that are not what RFC 1035 says; `why` ends the sentence. */
export function notDns(why: string): DomainctlError {
  return new DomainctlError('PROVIDER_UNREACHABLE', `What the name server answered is not a DNS message: ${why}.`, {
    hint: 'Check that host and port of the name server (RFC2136_NAMESERVER) are those of an authoritative DNS server.',
    actor: 'operator',
  })
}
