/** As a zone file has it; a TXT without its quotes. */
export interface ZoneRecord {
  name: string
  type: string
  value: string
}

/** Reads what dig prints of a transfer: a record a line. */
export function parseZoneText(text: string): ZoneRecord[] {
  return text.split('\n').flatMap((line) => {
    const [, name, type, data] = /^([^;\s]\S*)\s+\d+\s+IN\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (name === undefined || type === undefined || data === undefined) return []
    return [{ name: name.replace(/\.$/, ''), type, value: type === 'TXT' ? data.replace(/^"|"$/g, '') : data }]
  })
}
