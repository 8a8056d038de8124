// `npm run bench [startup] [provider-start] [provider-calls] [single] [bulk] [dns] [sandbox] [state] [workers]
// [fleet] [idle] [health] [alarms] [health-size] [install] [fresh-clone]`: measures domainctl against
// bare Node, lego, uacme, certbot, dehydrated, dnsperf, dig and Pebble, as ratios in one run; `fleet` is simulated. `install` and
// `fresh-clone` are measured when they are named alone: they ask the registry of npm.
import { enterLab, namespaceArguments } from '../lab/enter.ts'
import { missingForLab } from '../lab/missing.ts'
import { runCommand } from '../scripts/child.ts'
import { measureAlarms } from './alarms.ts'
import { measureFleet } from './fleet.ts'
import { measureHealth } from './health.ts'
import { measureHealthSize } from './health-size.ts'
import { measureIdle } from './idle.ts'
import { measureProviderCalls } from './provider-calls.ts'
import { measureProviderStart } from './provider-start.ts'
import { measureSandboxStart } from './sandbox.ts'
import { measureStartup } from './startup.ts'
import { measureState } from './state.ts'
import { measureWatched } from './watched.ts'

const chosen = process.argv.slice(2)
const known = [
  'startup',
  'provider-start',
  'provider-calls',
  'single',
  'bulk',
  'dns',
  'sandbox',
  'state',
  'workers',
  'fleet',
  'idle',
  'health',
  'alarms',
  'health-size',
  'install',
  'fresh-clone',
]
const inside = process.env.DOMAINCTL_BENCH_INSIDE === '1'

if (chosen.some((name) => !known.includes(name))) {
  console.error(`usage: npm run bench -- [${known.join('] [')}]`)
  process.exitCode = 2
} else if (inside) {
  const { measureBulk } = await import('./bulk.ts')
  const { measureSingle } = await import('./issuance.ts')
  const { measureDns } = await import('./dns.ts')
  const { measurePropagation } = await import('./propagation.ts')
  const { measureSandboxCa } = await import('./sandbox.ts')
  if (wants('single')) await measureSingle()
  if (wants('bulk')) await measureBulk()
  if (wants('dns')) {
    await measurePropagation()
    await measureDns()
  }
  if (wants('sandbox')) await measureSandboxCa()
  if (wants('workers')) await (await import('./workers.ts')).measureWorkers()
} else {
  if (wants('startup')) await measureStartup()
  if (wants('provider-start')) await measureProviderStart()
  if (wants('provider-calls')) await measureProviderCalls()
  if (wants('sandbox')) measureSandboxStart()
  if (wants('state')) await measureState()
  if (wants('fleet')) measureFleet()
  if (wants('alarms')) measureAlarms()
  if (wants('health')) {
    await measureHealth()
    await measureWatched()
  }
  if (wants('health-size')) await measureHealthSize()
  if (wants('idle')) await measureIdle()
  if (chosen.includes('install')) await (await import('./fresh-clone.ts')).measureInstall()
  if (chosen.includes('fresh-clone')) await (await import('./fresh-clone.ts')).measureFreshClone()
  if (['single', 'bulk', 'dns', 'sandbox', 'workers'].some(wants)) process.exitCode = await runInLab()
}

function wants(name: string): boolean {
  return chosen.length === 0 || chosen.includes(name)
}

async function runInLab(): Promise<number> {
  const missing = missingForLab()
  const namespace = namespaceArguments()
  if (missing.length > 0 || namespace === null) {
    console.error(`bench: this needs the lab; missing: ${missing.join(', ')}. Install it with: npm run lab:install -- --bench`)
    return 1
  }
  // A mount namespace, too: uacme trusts the system's roots and no others, and gets the lab's in their place.
  const command = ['unshare', '-m', process.execPath, import.meta.filename, ...chosen.filter((name) => name !== 'startup')]
  const again = enterLab(namespace, command)
  return runCommand(again, { ...process.env, DOMAINCTL_BENCH_INSIDE: '1' })
}
