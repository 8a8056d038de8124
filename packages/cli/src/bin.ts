import { holdSignals } from './held-signals.ts'
import { surviveOutputFailure } from './output-failure.ts'

// `--version` is answered before anything that takes time is imported: it is what scripts ask most often.
surviveOutputFailure(process)
const argv = process.argv.slice(2)
const end = argv.indexOf('--')
const flags = end < 0 ? argv : argv.slice(0, end)
if (flags.includes('--version') || flags.includes('-V')) {
  // The bundler puts the number in.
  const version = process.env.DOMAINCTL_VERSION ?? 'from source'
  process.stdout.write(`${flags.includes('--json') ? JSON.stringify({ version }) : version}\n`)
} else {
  const heldSignal = holdSignals(process)
  const { cacheCompiledCode } = await import('./compile-cache.ts')
  cacheCompiledCode(process.env)
  const { main } = await import('./main.ts')
  await main(argv, heldSignal)
}
