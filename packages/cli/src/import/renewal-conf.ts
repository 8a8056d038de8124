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
  for (const line of text.split(/\r?\n/)) {
    const [, heading] = /^\s*\[+\s*([^[\]]+?)\s*\]+\s*(?:#.*)?$/.exec(line) ?? []
    if (heading !== undefined) {
      section = heading
      continue
    }
    const [, name, value] = /^\s*([^#=\s][^=]*?)\s*=\s*(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    const settings = sections.get(section) ?? new Map<string, string>()
    settings.set(unquoted(name), unquoted(value))
    sections.set(section, settings)
  }
  const of = (name: string) => sections.get(name) ?? new Map<string, string>()
  return { settings: of(''), params: of('renewalparams'), webroots: of('webroot_map') }
}

/** ConfigObj quotes what has a comma, a `#` or a quote of the other kind; a comment may follow what is not quoted. */
function unquoted(value: string): string {
  const [, double, single] = /^(?:"([^"]*)"|'([^']*)')\s*(?:#.*)?$/.exec(value) ?? []
  return double ?? single ?? value.replace(/\s+#.*$/, '').trim()
}

/** `None` and nothing are how ConfigObj writes that there is none. */
export function wordOf(params: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = params.get(name)
  return value === undefined || value === '' || value === 'None' ? undefined : value
}
