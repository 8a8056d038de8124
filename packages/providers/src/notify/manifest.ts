import { type Clock, DomainctlError, type Notifier, systemClock } from '@domainctl/core'
import type { z } from 'zod'
import type { ProviderOption, RegisteredOption } from '../manifest.ts'
import type { Reach } from '../posts/reach.ts'

/** What a notifier gets from the program around it. */
export interface NotifierRuntime {
  clock: Clock
  /** Where it may connect to; see {@link Reach}. */
  reach: Reach
}

/** For a program that says nothing of it: the system's clock, and public addresses alone. */
export function notifierRuntime(given: Partial<NotifierRuntime> = {}): NotifierRuntime {
  return { clock: systemClock(), reach: 'public', ...given }
}

/** What there is to know of a notifier without using it: the registry, its documentation and messages are made from it. */
export interface NotifierManifest {
  /** As in `type: NAME` of a channel; also the name of its folder. */
  readonly name: string
  readonly title: string
  /** What it is for and what it needs, some sentences in Markdown. */
  readonly help: string
  /** Shape of the options, by name of the option. */
  readonly schema: z.ZodObject
  readonly options: Readonly<Record<string, ProviderOption>>
  /**
   * Makes the notifier from values as a file or the environment gives them; connects to nothing.
   * @throws `CONFIG_INVALID` that names each option that is missing or wrong, and never its value
   */
  create(values: Readonly<Record<string, unknown>>, runtime: NotifierRuntime): Notifier
}

/** A manifest from a schema, a {@link ProviderOption} for each of its keys, and what to do with the parsed options. */
export function defineNotifier<S extends z.ZodObject>(definition: {
  name: string
  title: string
  help: string
  schema: S
  options: Readonly<Record<keyof z.output<S> & string, ProviderOption>>
  create(options: z.output<S>, runtime: NotifierRuntime): Notifier
}): NotifierManifest {
  const { name, title, help, schema, options } = definition
  return {
    name,
    title,
    help,
    schema,
    options,
    create(values, runtime) {
      const parsed = schema.safeParse(values)
      if (parsed.success) return definition.create(parsed.data, runtime)
      // The text of an issue tells types and rules, never the value.
      const problems = parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(': '))
      throw new DomainctlError(
        'CONFIG_INVALID',
        `The settings of a channel of type ${name} are not right: ${problems.join('; ')}.`,
        {
          hint: `docs/notifiers/${name}.md explains each setting and shows an example.`,
        },
      )
    },
  }
}

/** An entry of the registry: what can be known of a notifier before its code is loaded. */
export interface RegisteredNotifier {
  readonly title: string
  readonly options: Readonly<Record<string, Omit<RegisteredOption, 'env'> & { readonly env?: string }>>
  load(): Promise<{ readonly manifest: NotifierManifest }>
}
