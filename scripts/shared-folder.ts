import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** vitest's global set-up: a folder for what all test files of a run share, such as an installed PostgreSQL. It goes with the run. */
export default function shareFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'domainctl-tests-'))
  // PostgreSQL, which refuses to run as root, has to get to what lies in it.
  chmodSync(folder, 0o755)
  process.env.DOMAINCTL_TESTS_SHARE = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
