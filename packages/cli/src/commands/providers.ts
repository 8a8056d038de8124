import { type DomainctlError, toDomainctlError } from '@domainctl/core'
import { type RegisteredProvider, providers as registry } from '@domainctl/providers'
import type { ConfiguredProvider } from '../config/configured-provider.ts'
import { variablesOf } from '../config/provider-variables.ts'
import type { Context } from '../context.ts'
import { describeError, EXIT_CODES, exitCodeOf } from '../exit.ts'
import { mark } from '../output/marks.ts'
import { columnsOf } from '../output/output.ts'
import { startProgress } from '../output/progress.ts'
import { type AvailableType, availableTypes, providersTable, reportProvider, reportTest, testLines } from '../output/providers.ts'
import { quote } from '../quote.ts'

export interface ProvidersTestFlags {
  zone?: string
}

const TYPES: Readonly<Record<string, RegisteredProvider>> = registry

/** The type whose records a person makes. */
const BY_HAND = 'manual'

/** `providers`: every configured provider, what its credential may do, and what else there is. */
export async function providers(context: Context): Promise<number> {
  const { io, output, config } = context
  const domainctl = await context.domainctl()
  const progress = await startProgress(io, output, 1)
  progress.update({ name: 'providers', message: 'asking each what its credential may do' })
  const statuses = await domainctl.providers({ signal: io.signal }).finally(progress.stop)
  const reports = await Promise.all(
    statuses.map(async (status) => {
      const configured = config.providers.get(status.name)
      return reportProvider(status, {
        type: configured?.type ?? '',
        from: configured ? await sourcesOf(configured, context) : [],
      })
    }),
  )
  const available = notConfigured(new Set(reports.map(({ type }) => type)))
  if (output.json) output.document({ providers: reports, available })
  else {
    const columns = columnsOf(io)
    output.print(...providersTable(reports, output.paint, { now: io.now(), columns }), ...availableTypes(available, columns))
    for (const { name, error } of statuses) {
      if (error) output.complain(...describeError(error, { now: io.now(), output, name }))
    }
  }
  return exitCodeOfProviders(statuses.flatMap(({ error }) => error ?? []))
}

/** What a provider comes from: its file, or its variables, also those that the provider's SDK reads by itself. */
async function sourcesOf(provider: ConfiguredProvider, { io, config }: Context): Promise<string[]> {
  const registered = provider.foreign ? undefined : TYPES[provider.type]
  const isSet = (variable: string) => Boolean(io.env[variable])
  // What cannot be read is what the provider itself fails with; where it stands is to be known all the more.
  const unread = () =>
    Object.values(registered?.options ?? {})
      .flatMap(variablesOf)
      .filter(isSet)
  const sources = await provider.describe().then((values) => values.map(({ source }) => source), unread)
  const settingUp = sources.every(isSet) ? (registered?.setUpBy ?? []).filter(isSet) : []
  const found = [...new Set([...settingUp, ...sources])]
  // One that needs no values stands in the file all the same; by hand is there without one.
  return found.length === 0 && config.file && provider.type !== BY_HAND ? [config.file.shown] : found
}

function notConfigured(configured: ReadonlySet<string>): AvailableType[] {
  return Object.entries(TYPES)
    .filter(([type]) => !configured.has(type))
    .map(([type, { title, options, setUpBy }]) => {
      const required = Object.values(options).flatMap((option) => (option.required ? [option.env] : []))
      return { type, title, variables: required.length > 0 ? required : [...(setUpBy ?? [])] }
    })
}

/** One code for all that failed: a fault of ours and a refusal of a provider go before what is to be put right here. */
function exitCodeOfProviders(errors: readonly DomainctlError[]): number {
  const codes = errors.map(exitCodeOf)
  const first = [EXIT_CODES.interrupted, EXIT_CODES.internal, EXIT_CODES.provider].find((code) => codes.includes(code))
  return first ?? codes[0] ?? 0
}

/** `providers test NAME`: makes, sees and removes a record in a zone of the provider. */
export async function providersTest(context: Context, name: string, flags: ProvidersTestFlags): Promise<number> {
  const { io, output } = context
  const domainctl = await context.domainctl()
  const progress = await startProgress(io, output, 1)
  const { zone } = flags
  const test = await domainctl
    .testProvider(name, { signal: io.signal, onProgress: progress.update, ...(zone !== undefined && { zone }) })
    .catch((thrown: unknown) => {
      throw toDomainctlError(thrown)
    })
    .finally(progress.stop)
  if (output.json) output.document(reportTest(test))
  else output.print(...testLines(test, output.paint))
  const failed = test.steps.find(({ ok }) => !ok)
  if (!test.error || !failed) {
    if (!output.json) output.print(`${mark(output.paint, 'ok')} ${name} works for ${test.zone}.`)
    return 0
  }
  const message = `The test of the provider ${quote(name)} failed: ${failed.step}.`
  output.complain(...describeError(test.error, { now: io.now(), output, message }))
  return exitCodeOf(test.error)
}
