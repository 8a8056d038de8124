import type { SettingKey } from '../config/settings.ts'

/** What `init` writes down; what is absent comes from the environment or is as usual. */
export interface Answers {
  email?: string
  ca?: readonly string[]
  /** URL of the terms that were accepted, null where the CA has none; absent: they were not. */
  terms?: string | null
  provider?: string
  state?: string
  /** Other settings that were given as flags, as a file has them. */
  others?: readonly (readonly [key: string, value: unknown])[]
}

/** The settings that `init` is about, in the order in which it asks. */
export const ASKED = ['email', 'ca', 'acceptTos', 'provider', 'state'] as const satisfies readonly SettingKey[]
