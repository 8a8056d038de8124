import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, relative, resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import { assertBounded } from './bounded-content.ts'
import { importConfig } from './code.ts'
import { firstLine } from './first-line.ts'
import { plainContent } from './plain-content.ts'

/** Looked for in the working directory; files that run code are loaded only when `--config` names them. */
export const CONFIG_FILES = ['domainctl.config.yaml', 'domainctl.config.yml', 'domainctl.config.json'] as const

/** Of a configuration that is code. */
export const MODULES = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']

/** Of one that is data, in octets: tens of thousands of zones have room in it. */
const LARGEST_FILE = 4 * 1024 * 1024

/** A configuration file as it was written; nothing of it has been checked. */
export interface ConfigFile {
  /** Absolute. */
  path: string
  /** As people find it again: relative to the working directory where it is below it. */
  shown: string
  /** Somebody named it; one that merely lies in the working directory runs no code. */
  named: boolean
  content: unknown
}

/**
 * The configuration file: the named one, else the one of the working directory, else null.
 * @throws DomainctlError `CONFIG_INVALID` when it cannot be read or parsed, or when two of them stand side by side
 */
export async function loadConfigFile(cwd: string, named: string | undefined): Promise<ConfigFile | null> {
  const path = named === undefined ? findConfigFile(cwd) : resolve(cwd, named)
  if (path === null) return null
  const shown = shownPath(path, cwd)
  refuseSpecialFile(path, shown)
  const content = MODULES.includes(extname(path)) ? await importConfig(path, shown) : await parseConfig(path, shown)
  return { path, shown, named: named !== undefined, content: plainContent(content, shown) }
}

/** A pipe or a device could keep the command waiting for ever, or never end. What is not there is told by the reading. */
function refuseSpecialFile(path: string, shown: string): void {
  if (!existsSync(path) || statSync(path).isFile()) return
  throw new DomainctlError('CONFIG_INVALID', `The configuration file ${shown} cannot be read: it is no regular file.`, {
    hint: 'Name a file with --config, not a folder, a pipe or a device.',
  })
}

function findConfigFile(cwd: string): string | null {
  // Synchronous: three look-ups take microseconds, the first use of the thread pool takes milliseconds of every start.
  const [first, second] = CONFIG_FILES.map((file) => join(cwd, file)).filter((path) => existsSync(path))
  if (first !== undefined && second !== undefined) {
    throw new DomainctlError(
      'CONFIG_INVALID',
      `There are two configuration files here: ${shownPath(first, cwd)} and ${shownPath(second, cwd)}.`,
      {
        hint: 'Remove one of them, or name the one to use with --config.',
      },
    )
  }
  if (first === undefined) refuseUnnamedCode(cwd)
  return first ?? null
}

/**
 * Code of whatever folder one stands in is not run. To go on as if it were not there would be to order from another CA than the one
 * that it names.
 */
function refuseUnnamedCode(cwd: string): void {
  const code = MODULES.map((ending) => `domainctl.config${ending}`).find((file) => existsSync(join(cwd, file)))
  if (code === undefined) return
  throw new DomainctlError('CONFIG_INVALID', `The configuration ${code} is code, and code is run only when it is named.`, {
    hint: `If you trust what is in this folder: --config ${code}, or DOMAINCTL_CONFIG=${code}.`,
  })
}

async function parseConfig(path: string, shown: string): Promise<unknown> {
  const extension = extname(path)
  if (!['.yaml', '.yml', '.json'].includes(extension)) {
    throw new DomainctlError(
      'CONFIG_INVALID',
      `${shown} is no configuration file: its name ends neither in .yaml, .yml, .json nor in .js or .ts.`,
      {
        hint: 'Give it the ending of its format.',
      },
    )
  }
  const text = await readBounded(path).catch((cause: NodeJS.ErrnoException) => {
    throw new DomainctlError(
      'CONFIG_INVALID',
      `The configuration file ${shown} cannot be read: ${cause.code ?? cause.message}.`,
      {
        hint: 'Check the path given with --config and its rights.',
        cause,
      },
    )
  })
  try {
    const content: unknown = extension === '.json' ? JSON.parse(withoutMark(text)) : await parseYaml(path, text)
    assertBounded(content, text.length)
    return content
  } catch (cause) {
    const why = cause instanceof Error ? firstLine(cause.message.replace(/^YAML Error in .*\n/, '')) : String(cause)
    throw new DomainctlError('CONFIG_INVALID', `The configuration file ${shown} cannot be parsed: ${why}.`, {
      hint: `Correct the ${extension === '.json' ? 'JSON' : 'YAML'} at that place.`,
      cause,
    })
  }
}

async function readBounded(path: string): Promise<string> {
  if (existsSync(path) && statSync(path).size > LARGEST_FILE) throw new Error('it is larger than 4 MiB')
  return readFile(path, 'utf8')
}

// Only cosmiconfig's loader is used: its search would run `.config/config.js` of whatever folder one stands in.
export async function parseYaml(path: string, text: string): Promise<unknown> {
  if (text.split('\n').every((line) => /^\s*(#.*)?$/.test(line))) return {}
  const { default: cosmiconfig } = await import('cosmiconfig')
  return cosmiconfig.defaultLoaders['.yaml'](path, text)
}

function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path)
  return below.startsWith('..') ? path : below
}

/** Editors of Windows put a byte order mark there, which RFC 8259 §8.1 lets a parser ignore. */
function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}
