/** A file of certbot's `renewal` folder (ConfigObj): the settings before any section, and those of each. */
export interface RenewalConf {
  settings: ReadonlyMap<string, string>
  /** `[renewalparams]` */
  params: ReadonlyMap<string, string>
  /** `[[webroot_map]]`: name → folder. */
  webroots: ReadonlyMap<string, string>
}

/** Reads one of any version of certbot. A line that is none of it says nothing. */
export function readRenewalConf(text: string): RenewalConf {
  const sections = new Map<string, Map<string, string>>()
  let section = ''
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    // No expression here has two ways to read the same blanks: a line of 64 KiB of them would keep it for hours.
    const [, heading] = /^\[+([^[\]]+)\]+\s*(?:#.*)?$/.exec(line) ?? []
    if (heading !== undefined) {
      section = heading.trim() || heading
      continue
    }
    const equals = line.indexOf('=')
    if (equals < 1 || line.startsWith('#')) continue
    const settings = sections.get(section) ?? new Map<string, string>()
    settings.set(unquoted(line.slice(0, equals).trim()), unquoted(line.slice(equals + 1).trim()))
    sections.set(section, settings)
  }
  const of = (name: string) => sections.get(name) ?? new Map<string, string>()
  return { settings: of(''), params: of('renewalparams'), webroots: of('webroot_map') }
}

/** ConfigObj quotes what has a comma, a `#` or a quote of the other kind; a comment may follow what is not quoted. */
function unquoted(value: string): string {
  const [, double, single] = /^(?:"([^"]*)"|'([^']*)')\s*(?:#.*)?$/.exec(value) ?? []
  return double ?? single ?? value.replace(/\s#.*$/s, '').trim()
}

/** `None` and nothing are how ConfigObj writes that there is none. */
export function wordOf(params: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = params.get(name)
  return value === undefined || value === '' || value === 'None' ? undefined : value
}
