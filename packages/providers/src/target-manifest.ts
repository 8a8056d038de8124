import { type DeployTarget, DomainctlError } from '@domainctl/core'
import type { z } from 'zod'
import type { ProviderRuntime } from './manifest.ts'
import type { Reach } from './posts/reach.ts'

/** What a target gets from the program around it. */
export interface TargetRuntime extends ProviderRuntime {
  /** Where those may connect to that send over the network; public addresses alone when absent. */
  reach?: Reach
}

/** How one option of a target is explained. */
export interface TargetOption {
  /** Never shown, logged or written into a file that is not sealed; the configuration refers to it. */
  secret?: true
  /** What it is, one sentence. */
  help: string
  /** As it stands in the configuration file. */
  example: string
}

/** What there is to know of a type of targets without using it. */
export interface TargetManifest {
  /** As in `type: NAME`; also the name of its folder. */
  readonly name: string
  readonly title: string
  /** What it is for and what it needs, some sentences in Markdown. */
  readonly help: string
  readonly schema: z.ZodObject
  readonly options: Readonly<Record<string, TargetOption>>
  /**
   * Makes the target from values as a file gives them.
   * @throws `CONFIG_INVALID` that names each option that is missing or wrong, and never the value of a secret
   */
  create(values: Readonly<Record<string, unknown>>, runtime: TargetRuntime): DeployTarget
}

/** An entry of the registry: what can be known of a type of targets before its code is loaded. */
export interface RegisteredTarget {
  readonly title: string
  load(): Promise<{ readonly manifest: TargetManifest }>
}

/** A manifest from a schema, one {@link TargetOption} for each of its keys, and what to do with the parsed options. */
export function defineTarget<S extends z.ZodObject>(definition: {
  name: string
  title: string
  help: string
  schema: S
  options: Readonly<Record<keyof z.output<S> & string, TargetOption>>
  create(options: z.output<S>, runtime: TargetRuntime): DeployTarget
}): TargetManifest & { readonly schema: S } {
  const { name, schema } = definition
  return {
    ...definition,
    create(values, runtime) {
      const parsed = schema.safeParse(values)
      if (parsed.success) return definition.create(parsed.data, runtime)
      const problems = parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(': '))
      throw new DomainctlError('CONFIG_INVALID', `The settings of the target ${name} are not right: ${problems.join('; ')}.`, {
        hint: `docs/targets/${name}.md explains each setting and shows an example.`,
      })
    },
  }
}
