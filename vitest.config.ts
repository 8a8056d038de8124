import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const source = (path: string) => fileURLToPath(new URL(`packages/${path}`, import.meta.url))

// Tests run on the sources; users get what `npm run setup` builds from them.
const alias = [
  { find: /^@domainctl\/core$/, replacement: source('core/src/index.ts') },
  { find: /^@domainctl\/core\/testing$/, replacement: source('core/src/testing/index.ts') },
  { find: /^@domainctl\/providers\/file-set$/, replacement: source('providers/src/file-set/index.ts') },
  { find: /^@domainctl\/providers$/, replacement: source('providers/src/index.ts') },
  { find: /^@domainctl\/sandbox$/, replacement: source('sandbox/src/index.ts') },
  ...(process.env.DOMAINCTL_MORE_CASES ? [{ find: /^fast-check$/, replacement: source('../scripts/more-cases.ts') }] : []),
]

/** They take long and are small, and a run that knows no times of an earlier one begins with the largest files. */
const SLOW = [
  'core/src/store/postgres.test.ts',
  'cli/src/commands/sandbox/process.test.ts',
  'lifecycle/sandbox-postgres.test.ts',
  'lifecycle/sandbox-interrupted.test.ts',
  'lifecycle/sandbox-rates.test.ts',
  'lifecycle/sandbox.test.ts',
  'lifecycle/sandbox-run-postgres.test.ts',
]

/** No slow file is left to one worker at the end, while the others have nothing to do. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification) => SLOW.some((file) => moduleId.endsWith(`/${file}`))
    const sorted = await super.sort(files)
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))]
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    maxConcurrency: 10,
    maxWorkers: '100%',
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          globalSetup: 'scripts/shared-folder.ts',
          // Time-outs are for what hangs: on a busy machine a test may take its time.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: ['packages/*/src/**/*.test.ts', 'lifecycle/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts'],
          // Needs a PowerDNS; lab/powerdns.test.ts holds the example to the same suite.
          exclude: ['**/node_modules/**', 'examples/dns-provider/src/conformance.test.ts'],
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'lab',
          globalSetup: 'scripts/shared-folder.ts',
          include: ['lab/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // One certificate in 256 Pebble cannot replace (lab/servers/pebble-serials.ts), and each renewal meets that. Nothing else
          // is tried again.
          retry: { count: 1, condition: /could not find order resulting in the given certificate serial/ },
        },
      },
    ],
  },
})
