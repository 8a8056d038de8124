// Loaded before a program that is measured: writes what it took of the machine into the file that is named.
import { writeFileSync } from 'node:fs'

const file = process.env.BENCH_USAGE
process.on('exit', () => {
  if (file === undefined) return
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  writeFileSync(file, JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }))
})
