// In a project that has the libraries: the program that is its argument, with a sandbox of the library.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '@domainctl/sandbox'

const sandbox = await startSandbox()
const env = { ...process.env, ...(await sandbox.environment(join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'files'))) }
const child = spawn(process.execPath, process.argv.slice(2), { env, stdio: 'inherit' })
const [code] = await once(child, 'exit')
await sandbox.stop()
process.exitCode = code ?? 1
