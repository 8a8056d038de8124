// Runs the unit tests and then the lab (real name servers and a real CA in a network namespace of their own).
//   --lab-only     only the lab
//   --long         the lab's long tests too
//   --require-lab  fail when the lab cannot run on this machine (also DOMAINCTL_REQUIRE_LAB=1)
// Everything else is passed on to vitest. The last lines say again what failed and why, for a log of which only the end was kept, and
// sum up both runs.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { enterLab, namespaceArguments } from '../lab/enter.ts'
import { missingForLab } from '../lab/missing.ts'
import { runCommand } from './child.ts'
import { type Failure, failuresOf, nothing, sentence, sum, type Tally, tallyOf } from './tally.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = [process.execPath, join(root, 'node_modules', 'vitest', 'vitest.mjs')] as const
const own = ['--lab-only', '--long', '--require-lab']
const flags = new Set(process.argv.slice(2).filter((argument) => own.includes(argument)))
const passedOn = process.argv.slice(2).filter((argument) => !own.includes(argument))
const labRequired = flags.has('--require-lab') || process.env.DOMAINCTL_REQUIRE_LAB === '1'

process.chdir(root)
const directory = mkdtempSync(join(tmpdir(), 'domainctl-test-'))
// PostgreSQL, which refuses to run as root, has to get to what lies in it.
chmodSync(directory, 0o711)
try {
  process.exitCode = await main()
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function main(): Promise<number> {
  const missing = missingForLab()
  const runs: Run[] = []
  if (!flags.has('--lab-only')) runs.push(await run('unit', (command) => command, {}))
  // Not beside it: what waits for real servers and real time is to be judged on a machine that has time for it.
  runs.push(missing.length === 0 ? await runLab() : skipLab(missing))

  const total = sum(runs.map(({ tally }) => tally))
  const none = total.passed + total.failed + total.skipped === 0
  if (none) console.error('test: no test fits the arguments')
  for (const { file, test, why } of runs.flatMap(({ failures }) => failures)) {
    console.log(`FAILED ${relative(root, file)}: ${test}\n${why.replace(/^/gm, '    ')}`)
  }
  console.log(sentence(total))
  return none || runs.some(({ ok }) => !ok) ? 1 : 0
}

interface Run {
  tally: Tally
  failures: Failure[]
  ok: boolean
}

type Command = readonly [string, ...string[]]

async function run(project: string, enter: (command: Command) => Command, env: Record<string, string>): Promise<Run> {
  const reportFile = join(directory, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
  // With a filter, all that fits may be in the other project.
  const noTests = passedOn.length > 0 ? ['--passWithNoTests'] : []
  const command: Command = [...vitest, 'run', '--project', project, ...noTests, ...reporters, ...passedOn]
  const code = await runCommand(enter(command), { ...process.env, ...env })
  const { tally, failures } = readReport(project, reportFile)
  if (code === 0 || tally.failed > 0) return { tally, failures, ok: tally.failed === 0 }
  console.error(`test: the ${project} run ended with ${code} though no test failed; this counts as one failure`)
  return { tally: { ...tally, failed: 1 }, failures, ok: false }
}

function readReport(project: string, reportFile: string): Pick<Run, 'tally' | 'failures'> {
  try {
    const report: unknown = JSON.parse(readFileSync(reportFile, 'utf8'))
    return { tally: tallyOf(report), failures: failuresOf(report) }
  } catch (error) {
    console.error(`test: the ${project} run left no figures: ${error instanceof Error ? error.message : error}`)
    return { tally: { ...nothing, failed: 1 }, failures: [] }
  }
}

async function runLab(): Promise<Run> {
  const namespace = namespaceArguments()
  if (namespace === null) throw new Error('the network namespace that was there a moment ago is refused now')
  // A folder of its own, so that also a lab which was killed leaves nothing behind.
  const temporary = join(directory, 'lab')
  mkdirSync(temporary)
  // PostgreSQL refuses to run as root, and as nobody it has to get to its own folder in here.
  for (const folder of [directory, temporary]) chmodSync(folder, 0o711)
  const env = { TMPDIR: temporary, ...(flags.has('--long') && { DOMAINCTL_LAB_LONG: '1' }) }
  return await run('lab', (command) => enterLab(namespace, command), env)
}

function skipLab(missing: readonly string[]): Run {
  const line = '='.repeat(78)
  console.error(
    [
      line,
      labRequired
        ? 'THE LAB CANNOT RUN HERE, AND IT IS REQUIRED.'
        : 'THE LAB IS SKIPPED: nothing was tried against a real CA and real name servers.',
      'Missing on this machine:',
      ...missing.map((what) => `  - ${what}`),
      'Install it with: npm run lab:install',
      line,
    ].join('\n'),
  )
  return { tally: { ...nothing, skipped: countLabTests() }, failures: [], ok: !labRequired }
}

/** How many tests the lab would have run (`test.each` counted out); 0 with a message when vitest cannot tell. */
function countLabTests(): number {
  const file = join(directory, 'list.json')
  const listed = spawnSync(
    vitest[0],
    [vitest[1], 'list', '--project', 'lab', '--no-static-parse', `--json=${file}`, ...passedOn],
    {
      encoding: 'utf8',
    },
  )
  try {
    const tests: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (Array.isArray(tests)) return tests.length
  } catch {
    // Without a test that fits, vitest writes no file.
    if (listed.status === 0) return 0
  }
  console.error(`test: the skipped tests of the lab could not be counted:\n${listed.stderr}`)
  return 0
}
