import { domainToUnicode } from 'node:url'

/** The name without its first label; empty for a single label. */
export function parentOf(name: string): string {
  const dot = name.indexOf('.')
  return dot < 0 ? '' : name.slice(dot + 1)
}

/** Whether `name` is `zone` or below it, by whole labels: `evil-example.com` is not within `example.com`. */
export function isWithin(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`)
}

/** `name` without a leading `*.`. */
export function baseOf(name: string): string {
  return name.startsWith('*.') ? name.slice(2) : name
}

/** As people read it: `xn--bcher-kva.example` → `bücher.example`. */
export function unicodeOf(name: string): string {
  const base = domainToUnicode(baseOf(name))
  return name.startsWith('*.') ? `*.${base}` : base
}
