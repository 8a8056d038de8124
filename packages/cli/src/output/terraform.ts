import type { NeededRecordSeen } from '@domainctl/core'
import { apexNote, escapedStrings, isApexCname } from './zone-file.ts'

type Provider = 'cloudflare' | 'aws' | 'dns'

/** What each provider is called in the registry; the resources below are of these versions. */
const SOURCES: Readonly<Record<Provider, { source: string; version: string }>> = {
  cloudflare: { source: 'cloudflare/cloudflare', version: '~> 5.0' },
  aws: { source: 'hashicorp/aws', version: '>= 5.0' },
  dns: { source: 'hashicorp/dns', version: '~> 3.0' },
}

/**
 * Records as a Terraform configuration: for the provider of the zone's DNS host where that is known, else for
 * `hashicorp/dns`, which makes records by RFC 2136. Zone ids, and zones that were not found, are variables.
 */
export function terraform(name: string, records: readonly NeededRecordSeen[]): string[] {
  if (records.length === 0) return [`# ${name} needs no record beforehand.`]
  const names = uniqueNames()
  const zones = new Map<string, Zone>()
  for (const record of records) {
    if (!zones.has(keyOf(record))) zones.set(keyOf(record), zoneOf(record, names))
  }
  const sets = [...Map.groupBy(records, ({ type, name }) => `${type} ${name}`).values()]
  const resources = sets.flatMap((set) => {
    const [first] = set
    const zone = first && zones.get(keyOf(first))
    if (!zone) return []
    // Cloudflare takes a CNAME there, and shows the addresses (developers.cloudflare.com/dns/cname-flattening).
    if (zone.provider !== 'cloudflare' && isApexCname(first)) return [apexNote(first).map((line) => `# ${line}`)]
    return RESOURCES[zone.provider](set, zone, names)
  })
  const providers = new Set([...zones.values()].map(({ provider }) => provider))
  return [
    `# DNS records for ${name}`,
    ...(records.some(({ host }) => host === 'godaddy') ? NO_UPDATES_AT_GODADDY : []),
    ...requiredProviders([...providers].sort()),
    ...[...zones.values()].flatMap(variable),
    ...resources.flatMap((resource) => ['', ...resource]),
  ]
}

/** `hashicorp/dns` is what is left for a host without a provider of ours, and is of no use there as it stands. */
const NO_UPDATES_AT_GODADDY = [
  '# The zone is at GoDaddy, which takes no dynamic updates (RFC 2136). The provider hashicorp/dns makes records by these:',
  '# use the resources below as a list of what to enter by hand, or with a provider for the API of GoDaddy.',
]

/** A zone, and the variable that stands for what only the reader of the configuration knows of it. */
interface Zone {
  provider: Provider
  /** Undefined where it was not found. */
  apex?: string | undefined
  variable?: { name: string; description: string }
}

function keyOf({ zone, host, name }: NeededRecordSeen): string {
  return `${host} ${zone ?? baseOf(name)}`
}

/** Records of one name, whatever label they stand below, are in one zone as far as anybody can tell. */
function baseOf(name: string): string {
  return name.replace(/^(?:_[^.]*|\*)\./, '')
}

function zoneOf(record: NeededRecordSeen, names: UniqueNames): Zone {
  const { zone: apex, host } = record
  if (apex !== undefined && (host === 'cloudflare' || host === 'route53')) {
    const [provider, title] = host === 'cloudflare' ? (['cloudflare', 'Cloudflare'] as const) : (['aws', 'Route 53'] as const)
    return { provider, apex, variable: { name: names('zone_id', apex), description: `Id of the zone ${apex} at ${title}` } }
  }
  if (apex !== undefined) return { provider: 'dns', apex }
  const base = baseOf(record.name)
  return {
    provider: 'dns',
    variable: { name: names('zone_of', base), description: `The zone that holds ${base}, with its final dot` },
  }
}

/** One RRset as resources of a provider. */
type Resources = (set: readonly NeededRecordSeen[], zone: Zone, names: UniqueNames) => string[][]

const RESOURCES: Readonly<Record<Provider, Resources>> = { cloudflare, aws, dns }

/** registry.terraform.io/providers/cloudflare/cloudflare: `cloudflare_dns_record`, one resource for each value. */
function cloudflare(set: readonly NeededRecordSeen[], zone: Zone, names: UniqueNames): string[][] {
  return set.map(({ purpose, name, type, value, ttl }) =>
    resource('cloudflare_dns_record', names(purpose, name), [
      ['zone_id', `var.${zone.variable?.name}`],
      // The whole name: with the short one every plan shows a change (cloudflare/terraform-provider-cloudflare#5378).
      ['name', text(name)],
      ['type', text(type)],
      // The content of a TXT record has to be in quotes (cloudflare/terraform-provider-cloudflare#6354).
      ['content', text(type === 'TXT' ? quotedStrings(value, 10) : value)],
      ['ttl', String(ttl)],
      ...(type === 'TXT' ? [] : [['proxied', 'false'] as const]),
    ]),
  )
}

/** registry.terraform.io/providers/hashicorp/aws: `aws_route53_record`, one resource for each RRset. */
function aws(set: readonly NeededRecordSeen[], zone: Zone, names: UniqueNames): string[][] {
  const [first] = set
  if (!first) return []
  const { purpose, name, type, ttl } = first
  // The provider puts the outer quotes around a TXT value; between two strings there are quotes of ours.
  const values = set.map(({ value }) => text(type === 'TXT' ? escapedStrings(value, 8).join('""') : value))
  return [
    [
      ...shared(set),
      ...resource('aws_route53_record', names(purpose, name), [
        ['zone_id', `var.${zone.variable?.name}`],
        ['name', text(name)],
        ['type', text(type)],
        ['ttl', String(ttl)],
        ['records', `[${values.join(', ')}]`],
      ]),
    ],
  ]
}

/** registry.terraform.io/providers/hashicorp/dns: one kind of resource for each type; names end with a dot. */
function dns(set: readonly NeededRecordSeen[], zone: Zone, names: UniqueNames): string[][] {
  const [first] = set
  if (!first) return []
  const { purpose, name, type, ttl } = first
  // It reads a TXT value as the inside of a string of a zone file, and cuts it itself.
  const values = set.map(({ value }) => text(type === 'TXT' ? escapedStrings(value, 10).join('') : value))
  const content = {
    TXT: ['dns_txt_record_set', 'txt', `[${values.join(', ')}]`],
    A: ['dns_a_record_set', 'addresses', `[${values.join(', ')}]`],
    AAAA: ['dns_aaaa_record_set', 'addresses', `[${values.join(', ')}]`],
    CNAME: ['dns_cname_record', 'cname', text(`${first.value}.`)],
  } as const
  const [kind, argument, value] = content[type]
  const relative = relativeName(name, zone)
  return [
    [
      ...shared(set),
      ...resource(kind, names(purpose, name), [
        ['zone', zone.apex === undefined ? `var.${zone.variable?.name}` : text(`${zone.apex}.`)],
        ...(relative === undefined ? [] : [['name', relative] as const]),
        [argument, value],
        ['ttl', String(ttl)],
      ]),
    ],
  ]
}

/** An expression for the name without its zone; none at the apex, where the provider wants no name. */
function relativeName(name: string, { apex, variable }: Zone): string | undefined {
  if (apex === undefined) {
    const [whole, zone] = [text(`${name}.`), `var.${variable?.name}`]
    const relative = `trimsuffix(${whole}, ".\${${zone}}")`
    return name === baseOf(name) ? `${zone} == ${whole} ? null : ${relative}` : relative
  }
  return name === apex ? undefined : text(name.endsWith(`.${apex}`) ? name.slice(0, -apex.length - 1) : name)
}

/** A resource that stands for a whole RRset would take away what others have put into it. */
function shared(set: readonly NeededRecordSeen[]): string[] {
  const ours = new Set(set.map(({ value }) => value))
  const isShared = set.some(
    ({ type, seen }) => type === 'TXT' && seen.some(({ values }) => values.some((value) => !ours.has(value))),
  )
  return isShared ? ['# Other values are at this name now. This resource holds all of them: import it, and add theirs.'] : []
}

function requiredProviders(providers: readonly Provider[]): string[] {
  return [
    'terraform {',
    '  required_providers {',
    ...providers.flatMap((provider) => [
      `    ${provider} = {`,
      `      source  = ${text(SOURCES[provider].source)}`,
      `      version = ${text(SOURCES[provider].version)}`,
      '    }',
    ]),
    '  }',
    '}',
  ]
}

function variable({ variable }: Zone): string[] {
  if (!variable) return []
  return ['', `variable "${variable.name}" {`, '  type        = string', `  description = ${text(variable.description)}`, '}']
}

/** As `terraform fmt` would write it: the equals signs stand below each other. */
function resource(kind: string, name: string, argument: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...argument.map(([key]) => key.length))
  return [`resource "${kind}" "${name}" {`, ...argument.map(([key, value]) => `  ${key.padEnd(width)} = ${value}`), '}']
}

function quotedStrings(value: string, base: 8 | 10): string {
  return escapedStrings(value, base)
    .map((string) => `"${string}"`)
    .join(' ')
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** A string of HCL, in which `${` and `%{` begin expressions. */
export function text(value: string): string {
  const escaped = value
    .replace(/["\\\n\r\t]/g, (character) => ESCAPES[character] ?? character)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`)
    .replace(/[$%](?=\{)/g, (sign) => sign + sign)
  return `"${escaped}"`
}

type UniqueNames = (kind: string, name: string) => string

/** Names of resources and variables: a letter, then letters, digits and `_`; each is given once. */
function uniqueNames(): UniqueNames {
  const given = new Set<string>()
  return (kind, name) => {
    const plain = `${kind}_${name.replace(/\*/g, 'wildcard').replace(/[^A-Za-z0-9]+/g, '_')}`
      .replace(/_+/g, '_')
      .replace(/_$/, '')
    let unique = plain
    for (let n = 2; given.has(unique); n++) unique = `${plain}_${n}`
    given.add(unique)
    return unique
  }
}
