import { type Clock, type DnsProvider, DomainctlError, type Random } from '@domainctl/core'
import type { z } from 'zod'

/** What a provider gets from the program around it. */
export interface ProviderRuntime {
  clock: Clock
  random: Random
}

/** How one option of a provider is given and explained. */
export interface ProviderOption {
  /** Environment variable that the value is read from. Those of a third party have none: they are set in the configuration. */
  env?: string
  /** Other variables that tools of the ecosystem use for the same, each understood in its place. */
  aliases?: readonly string[]
  /** Never shown, logged or written into a file that is not sealed. */
  secret?: true
  /** What it is, one sentence. */
  help: string
  /** For the documentation and for `init`. */
  example: string
}

/**
 * What there is to know of a provider without using it: the registry, the documentation, `init` and the messages of
 * errors are made from it.
 */
export interface ProviderManifest {
  /** As in `--provider NAME`; also the name of its folder. */
  readonly name: string
  /** As its makers write it. */
  readonly title: string
  /** What it is for and what it needs, some sentences in Markdown. */
  readonly help: string
  /** Shape of the options, by name of the option. */
  readonly schema: z.ZodObject
  readonly options: Readonly<Record<string, ProviderOption>>
  /**
   * Environment variables of which each tells, when it is set, that the provider is meant to be there; those of all options
   * when absent. They may be such as the provider's SDK reads by itself.
   */
  readonly setUpBy?: readonly string[]
  /** Where the settings are explained: the URL of a third party's own page. */
  readonly docs?: string
  /**
   * Makes the provider from values as the environment or a file gives them.
   *
   * @throws `CONFIG_INVALID` that names each option that is missing or wrong with its variable, and never its value.
   */
  create(values: Readonly<Record<string, unknown>>, runtime: ProviderRuntime): DnsProvider
}

/**
 * A manifest from a schema, one {@link ProviderOption} for each of its keys, and what to do with the parsed options.
 * docs/providers/writing.md shows how a package of yours brings one.
 */
export function defineProvider<S extends z.ZodObject>(definition: {
  name: string
  title: string
  help: string
  schema: S
  options: Readonly<Record<keyof z.output<S> & string, ProviderOption>>
  setUpBy?: readonly string[]
  docs?: string
  create(options: z.output<S>, runtime: ProviderRuntime): DnsProvider
}): ProviderManifest {
  const { name, title, help, schema, setUpBy, docs } = definition
  const options: Readonly<Record<string, ProviderOption>> = definition.options
  return {
    name,
    title,
    help,
    schema,
    options,
    ...(setUpBy !== undefined && { setUpBy }),
    ...(docs !== undefined && { docs }),
    create(values, runtime) {
      const parsed = schema.safeParse(values)
      if (!parsed.success) throw invalidOptions(name, options, parsed.error.issues, docs)
      return definition.create(parsed.data, runtime)
    },
  }
}

function invalidOptions(
  provider: string,
  options: Readonly<Record<string, ProviderOption>>,
  issues: z.core.$ZodIssue[],
  docs = `docs/providers/${provider}.md`,
) {
  // The text of an issue tells types and rules, never the value; the issues themselves are not kept as they could.
  const problems = issues.map(({ path, message }) => {
    const option = options[String(path[0])]
    return path.length === 0 ? message : `${String(path[0])}${option?.env === undefined ? '' : ` (${option.env})`}: ${message}`
  })
  return new DomainctlError('CONFIG_INVALID', `The settings of the provider ${provider} are not right: ${problems.join('; ')}.`, {
    hint: `${docs} explains each setting and shows an example.`,
  })
}

/** What is known of an option before the provider's code is loaded. */
export interface RegisteredOption {
  readonly env: string
  /** As {@link ProviderOption.aliases}. */
  readonly aliases?: readonly string[]
  readonly secret: boolean
  readonly required: boolean
}

/** An entry of the registry: what can be known of a provider before its code is loaded. */
export interface RegisteredProvider {
  readonly title: string
  readonly options: Readonly<Record<string, RegisteredOption>>
  /** As {@link ProviderManifest.setUpBy}. */
  readonly setUpBy?: readonly string[]
  load(): Promise<{ readonly manifest: ProviderManifest }>
}
