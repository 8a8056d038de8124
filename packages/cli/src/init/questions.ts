import { Writable } from 'node:stream'
import { DomainctlError, KNOWN_CAS } from '@domainctl/core'
import { providers, type RegisteredProvider } from '@domainctl/providers'
import confirm from '@inquirer/confirm'
import input from '@inquirer/input'
import select from '@inquirer/select'
import { isCaUrl, isEmail } from '../forms.ts'
import type { Io } from '../io.ts'
import { externalAccountVariables, neededVariables } from './written.ts'

const TYPES: Readonly<Record<string, RegisteredProvider>> = providers

/** What people are asked, a question each; Ctrl-C and the end of the input are `INTERRUPTED`. */
export interface Questions {
  email(): Promise<string>
  ca(): Promise<string>
  /** The URL of the terms has been shown. */
  terms(ca: string): Promise<boolean>
  /** @param found set up by the environment. @returns undefined: whichever has the zone */
  provider(found: readonly string[]): Promise<string | undefined>
  state(usual: string, refusal: (text: string) => string | undefined): Promise<string>
  goOn(message: string): Promise<boolean>
}

const TRIED: readonly (readonly [name: string, description: string])[] = [
  ['letsencrypt', 'free, for 90 days and less, needs no account of its website'],
  ['letsencrypt-staging', 'to try: no browser trusts its certificates, and its limits are wide'],
]

/** The prompts of a terminal, on standard error: standard output is for the result. */
export function questionsAt({ stdin, stderr, signal }: Pick<Io, 'stdin' | 'stderr' | 'signal'>): Questions {
  return withOutput(() => {
    // Ctrl-D closes the line editor, which lets go of its input then; a prompt takes no notice of it, and would never end.
    const left = new AbortController()
    stdin.once('pause', () => setImmediate(() => left.abort()))
    return { input: stdin, signal: AbortSignal.any([signal, left.signal]), clearPromptOnDone: false, output: shownOn(stderr) }
  })
}

/** A prompt ends the stream that it draws on, which is ours only as long as it asks. */
function shownOn(stderr: Io['stderr']): NodeJS.WritableStream {
  const drawn = new Writable({
    write(chunk, _, done) {
      stderr.write(chunk)
      done()
    },
  })
  const { isTTY, columns, rows } = stderr
  return Object.assign(drawn, { isTTY, columns, rows })
}

interface Terminal {
  input: Io['stdin']
  output: NodeJS.WritableStream
  signal: AbortSignal
  clearPromptOnDone: boolean
}

function withOutput(terminal: () => Terminal): Questions {
  return {
    email: () =>
      answered(
        input(
          {
            message: 'E-mail, where the CA writes to:',
            validate: (text) =>
              isEmail(text.trim()) || (text.trim() === '' ? 'Say an address: a CA warns there.' : 'That is no e-mail address.'),
          },
          terminal(),
        ).then((text) => text.trim()),
      ),
    async ca() {
      const others = Object.entries(KNOWN_CAS).filter(([name]) => !TRIED.some(([tried]) => tried === name))
      const choices = [
        ...TRIED.map(([value, description]) => ({ value, name: value, description })),
        ...others.map(([value, { externalAccountFrom }]) => ({
          value,
          name: value,
          description:
            externalAccountFrom === undefined
              ? ''
              : `needs an account of its website: ${externalAccountVariables(value)} in the environment`,
        })),
        { value: '', name: 'another', description: 'by the URL of its ACME directory' },
      ]
      const chosen = await answered(select({ message: 'CA (who issues the certificates):', choices, pageSize: 10 }, terminal()))
      if (chosen !== '') return chosen
      const validate = (text: string) => isCaUrl(text.trim()) || 'That is no http(s) URL.'
      return answered(
        input({ message: 'URL of its ACME directory:', required: true, validate }, terminal()).then((text) => text.trim()),
      )
    },
    terms: (ca) => answered(confirm({ message: `Accept the terms of service of ${hostOf(ca)}?`, default: false }, terminal())),
    async provider(found) {
      const all = Object.entries(TYPES).filter(([type]) => type !== 'manual')
      const choices = [
        ...(found.length > 0
          ? [
              {
                value: '',
                name: 'whichever has the zone',
                description: `of those that the environment sets up: ${found.join(', ')}`,
              },
            ]
          : []),
        ...all.map(([value, { title }]) => ({
          value,
          name: value === title ? value : `${value}: ${title}`,
          short: value,
          description: found.includes(value)
            ? 'is set up by the environment'
            : `needs ${neededVariables(value).join(', ')} in the environment`,
        })),
        { value: 'manual', name: 'manual (by hand)', description: 'you make the records that domainctl names' },
      ]
      const chosen = await answered(
        select({ message: 'DNS provider (who writes your records):', choices, pageSize: 10 }, terminal()),
      )
      return chosen === '' ? undefined : chosen
    },
    state: (usual, refusal) =>
      answered(
        input(
          {
            message: 'State (file:PATH or postgres://…):',
            default: usual,
            validate: (text) => refusal(text.trim()) ?? true,
          },
          terminal(),
        ).then((text) => text.trim()),
      ),
    goOn: (message) => answered(confirm({ message, default: false }, terminal())),
  }
}

/** How people know a CA: by its name, or by the host of its URL. */
function hostOf(ca: string): string {
  return URL.canParse(ca) ? new URL(ca).host : ca
}

async function answered<T>(prompt: Promise<T>): Promise<T> {
  try {
    return await prompt
  } catch (cause) {
    const { name } = cause as Error
    if (name !== 'ExitPromptError' && name !== 'AbortPromptError') throw cause
    throw stopped(cause)
  }
}

/** @param cause what stopped it; absent: an answer */
export function stopped(cause?: unknown): DomainctlError {
  return new DomainctlError('INTERRUPTED', 'Stopped: nothing was written.', {
    hint: 'Repeat domainctl init when you are ready; flags answer its questions (domainctl help init).',
    ...(cause !== undefined && { cause }),
  })
}
