/**
 * Whether Pebble 2.10 finds its certificate of this serial (hex) when an order says that it replaces it (RFC 9773 §5). One in 256
 * it does not, and answers 500: it keeps them without the zero octet that DER puts before a first bit that is set (its serials have
 * 63 bits, so that only short ones are struck).
 */
export function isFoundByPebble(serial: string): boolean {
  const even = serial.padStart(2 * Math.ceil(serial.length / 2), '0')
  return Number.parseInt(even.slice(0, 2), 16) < 0x80
}
