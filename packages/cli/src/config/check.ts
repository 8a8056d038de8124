import { readFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { type DomainctlError, toDomainctlError } from '@domainctl/core'
import type { Io } from '../io.ts'
import { type Flags, loadConfig } from './config.ts'
import { type ConfigFile, loadConfigFile } from './file.ts'
import { faultsOfFile, pathNamedBy } from './file-faults.ts'
import { type Positions, positionsIn } from './positions.ts'
import type { ConfigFault } from './problem.ts'

/** Something that a configuration gets wrong, or is probably not meant so. */
export interface ConfigProblem {
  /** With an `error` no command works that reads the configuration, or none that needs what is wrong. */
  severity: 'error' | 'warning'
  /** The file, or the variable or the flag. */
  source: string
  /** Path in the file. */
  path?: string
  /** In a file of YAML or JSON; both count from 1. */
  line?: number
  column?: number
  message: string
  /** What mends it. */
  fix: string
}

/**
 * Everything that is wrong with the configuration, not only what is wrong first. Connects to nothing, opens no state and runs no
 * code but that of a configuration which is code and is named.
 */
export async function checkConfig(
  flags: Flags,
  io: Pick<Io, 'env' | 'cwd' | 'now' | 'signal'>,
): Promise<{ file: string | null; problems: ConfigProblem[] }> {
  const named = typeof flags.config === 'string' ? flags.config : io.env.DOMAINCTL_CONFIG || undefined
  let file: ConfigFile | null
  try {
    file = await loadConfigFile(io.cwd, named)
  } catch (thrown) {
    const error = toDomainctlError(thrown, io.signal)
    return { file: named ?? null, problems: [unreadable(error, named, io)] }
  }
  const positions = file && ['.yaml', '.yml', '.json'].includes(extname(file.path)) ? positionsOf(file.path) : undefined
  const faults = file ? await faultsOfFile(file, io) : []
  const problems = faults.map((fault) => problemAt(fault, file, positions))
  if (problems.length > 0) return { file: file?.path ?? null, problems }
  const { warningsOf } = await import('./check-warnings.ts')
  try {
    const config = await loadConfig(flags, io)
    const warnings = await warningsOf(config, file, io)
    return { file: file?.path ?? null, problems: warnings.map((fault) => problemAt(fault, file, positions)) }
  } catch (thrown) {
    const error = toDomainctlError(thrown, io.signal)
    return { file: file?.path ?? null, problems: [problemAt({ path: pathNamedBy(error, file), error }, file, positions)] }
  }
}

/** @param fault with `severity` where it is no error */
function problemAt(
  { path, error, severity = 'error' }: ConfigFault & { severity?: ConfigProblem['severity'] },
  file: ConfigFile | null,
  positions: Positions | undefined,
): ConfigProblem {
  const inFile = file !== null && (path.length > 0 || error.message.startsWith(file.shown))
  const named = /^(?:The environment variable )?([A-Z][A-Z0-9_]+|--[a-z0-9-]+)\b/.exec(error.message)?.[1]
  return {
    severity,
    source: inFile ? file.shown : (named ?? file?.shown ?? 'environment'),
    ...(path.length > 0 && { path: path.join('.') }),
    ...(inFile && positions?.of(path)),
    message: inFile && error.message.startsWith(`${file.shown}: `) ? error.message.slice(file.shown.length + 2) : error.message,
    fix: error.hint,
  }
}

/** What keeps it from being read at all. */
function unreadable(error: DomainctlError, named: string | undefined, io: Pick<Io, 'cwd'>): ConfigProblem {
  const shown = /^The configuration file (.+) cannot be parsed/.exec(error.message)?.[1]
  const told = / \((\d+):(\d+)\)\.$/.exec(error.message)
  // Who looks for places goes as deep as the text does, and would take minutes where it is nothing but brackets.
  const isDeep = / (?:nesting|nested) /.test(error.message)
  const parsed = shown === undefined || told || isDeep ? undefined : positionsOf(resolve(io.cwd, shown))?.unparsed
  const at = told ? { line: Number(told[1]), column: Number(told[2]) } : parsed
  const source = shown ?? named ?? 'the working directory'
  return { severity: 'error', source, ...at, message: error.message, fix: error.hint }
}

function positionsOf(path: string): Positions | undefined {
  try {
    return positionsIn(readFileSync(path, 'utf8'))
  } catch {
    // Places are a help: what is wrong is said without them as well.
    return undefined
  }
}
