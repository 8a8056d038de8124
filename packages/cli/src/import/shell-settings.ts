/**
 * The plain assignments of a file that is a shell script (`NAME=value`, as dehydrated and acme.sh keep their settings), read and never
 * run: quotes are taken away and variables of the file itself (`${BASEDIR}/certs`) filled in. What only a shell could tell, such as
 * `$(…)`, is null.
 * @param before variables that are set already
 */
export function readShellSettings(text: string, before: Readonly<Record<string, string>> = {}): Map<string, string | null> {
  const settings = new Map<string, string | null>(Object.entries(before))
  for (const line of text.split(/\r?\n/)) {
    const [, name, written] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? []
    if (name !== undefined && written !== undefined) settings.set(name, plainValue(written, settings))
  }
  return settings
}

/** A run of one kind: `'…'`, `"…"`, or bare. */
const PIECE = /'([^']*)'|"((?:[^"\\]|\\.)*)"|((?:[^\s'"\\;&|<>()#]|\\.)+)/y

function plainValue(written: string, known: ReadonlyMap<string, string | null>): string | null {
  let value = ''
  let at = 0
  for (;;) {
    PIECE.lastIndex = at
    const found = PIECE.exec(written)
    if (!found) break
    const [whole, single, double, bare] = found
    const piece = single ?? expand(double ?? bare ?? '', known)
    if (piece === null) return null
    value += piece
    at += whole.length
  }
  // A comment may follow; anything else is a command, or a quote that goes on in the next line.
  return /^\s*(#.*)?;?\s*$/.test(written.slice(at)) ? value : null
}

/** Of a value that others are filled into: one that doubles itself line by line (`A=$A$A`) would have no room in memory. */
const LONGEST_FILLED = 4096

function expand(text: string, known: ReadonlyMap<string, string | null>): string | null {
  let isPlain = true
  let filledIn = 0
  const filled = text.replace(/\\(.)|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)|[$`]/g, (_, escaped, braced, plain) => {
    if (escaped !== undefined) return escaped
    const value = known.get(braced ?? plain ?? '')
    filledIn += value?.length ?? 0
    if (typeof value !== 'string' || filledIn > LONGEST_FILLED) isPlain = false
    return isPlain && value ? value : ''
  })
  return isPlain ? filled : null
}

const BASE64_START = '__ACME_BASE64__START_'
const BASE64_END = '__ACME_BASE64__END_'

/** A value as acme.sh writes it where it holds quotes: in base64 between two marks. */
export function plainAcmeShValue(value: string): string {
  if (!value.startsWith(BASE64_START) || !value.endsWith(BASE64_END)) return value
  return Buffer.from(value.slice(BASE64_START.length, -BASE64_END.length), 'base64').toString('utf8')
}
