import type { ConfigProblem } from '../config/check.ts'
import type { Surroundings } from '../context.ts'
import { EXIT_CODES } from '../exit.ts'
import { columnsOf } from '../output/output.ts'
import { within } from '../output/prose.ts'
import { printable } from '../output/text.ts'

/** `config check`: everything that is wrong with the configuration, where, and what mends it. Does no work. */
export async function configCheck({ io, output, flags }: Surroundings): Promise<number> {
  const { checkConfig } = await import('../config/check.ts')
  const { file, problems } = await checkConfig(flags, io)
  const errors = problems.filter(({ severity }) => severity === 'error').length
  if (output.json) output.document({ file, ok: errors === 0, problems })
  else {
    const width = (columnsOf(io) ?? Number.POSITIVE_INFINITY) - 3
    for (const problem of problems) {
      const [meaning, mark] = problem.severity === 'error' ? (['bad', '✖'] as const) : (['waiting', '!'] as const)
      const [first = '', ...rest] = [`${placeOf(problem)}: ${problem.message}`, problem.fix].flatMap((text) =>
        within(printable(text), width),
      )
      output.print(`${output.paint(meaning, mark)}  ${first}`, ...rest.map((line) => `   ${line}`))
    }
    output.print(verdict(file === null ? 'Flags and environment' : printable(file), errors, problems.length - errors))
  }
  return errors === 0 ? 0 : EXIT_CODES.usage
}

/** `domainctl.config.yaml:3:1`, which editors and terminals lead to. */
function placeOf({ source, line, column }: ConfigProblem): string {
  return line === undefined ? source : `${source}:${line}:${column}`
}

function verdict(what: string, errors: number, warnings: number): string {
  const counted = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'error' : 'errors'}`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
  ]
  return counted.length === 0 ? `${what}: nothing is wrong.` : `${what}: ${counted.join(', ')}.`
}
