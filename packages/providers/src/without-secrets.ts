/** What a text of a provider is cut down to by, before a person may see it. */
export type Cutter = (text: string) => string

/** Shorter ones would be found in any text. */
const SHORTEST = 4

/**
 * Cuts secrets out of texts, in the forms in which a message, a URL or a header quotes them: as they are, trimmed,
 * percent-encoded, and within base64 and base64url of whatever stands around them (`Basic`: RFC 7617 §2).
 */
export function withoutSecrets(secrets: readonly string[]): Cutter {
  const all = new Set(secrets.flatMap((secret) => [secret, secret.trim()]).filter(({ length }) => length >= SHORTEST))
  // One secret may be the beginning of another, whose rest would be left.
  const forms = [...new Set([...all].flatMap(formsOf))].sort((a, b) => b.length - a.length)
  return (text) => forms.reduce((shown, form) => shown.replaceAll(form, '…'), text)
}

function formsOf(secret: string): string[] {
  const encoded = [Buffer.from(secret).toString('base64'), ...[0, 1, 2].map((before) => withinBase64(secret, before))]
  return [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    ...encoded.filter(({ length }) => length >= SHORTEST).flatMap((text) => [text, asBase64url(text)]),
  ]
}

/** Of the base64 of a text in which the secret stands, the digits that hang on the secret alone; `before`: octets modulo 3. */
function withinBase64(secret: string, before: number): string {
  const octets = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
  const whole = Math.floor((octets.length * 8) / 6)
  return octets.toString('base64').slice(Math.ceil((before * 8) / 6), whole)
}

function asBase64url(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
