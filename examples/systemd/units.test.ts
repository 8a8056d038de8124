import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { SETTINGS } from '../../packages/cli/src/config/settings.ts'

const folder = import.meta.dirname
const units = readdirSync(folder).filter((file) => /\.(service|timer)$/.test(file))
const copies = mkdtempSync(join(tmpdir(), 'domainctl-units-'))
afterAll(() => rmSync(copies, { recursive: true, force: true }))

/** Section → key → values; comments are left out. @throws for a line that is none of a unit file */
function readUnit(file: string): Map<string, Map<string, string[]>> {
  const sections = new Map<string, Map<string, string[]>>()
  let keys: Map<string, string[]> | undefined
  for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const section = /^\[(\w+)\]$/.exec(line)?.[1]
    if (section !== undefined) {
      keys = new Map()
      sections.set(section, keys)
      continue
    }
    const [, key, value] = /^([A-Z]\w*)=(.+)$/.exec(line) ?? []
    if (!keys || key === undefined || value === undefined) throw new Error(`${file}: no line of a unit: ${line}`)
    keys.set(key, [...(keys.get(key) ?? []), value])
  }
  return sections
}

describe.each(units)('%s', (file) => {
  const unit = readUnit(file)
  const service = unit.get('Service')

  it('says what it is, and when it is started', () => {
    expect(unit.get('Unit')?.get('Description')).toHaveLength(1)
    if (file.endsWith('.timer')) expect(units).toContain(file.replace('.timer', '.service'))
    else expect(service?.get('ExecStart')).toHaveLength(1)
  })

  it.runIf(service)('sets variables that there are, and options of the command', () => {
    const known: string[] = Object.values(SETTINGS).map(({ env }) => env)
    for (const variable of service?.get('Environment') ?? []) expect(known).toContain(variable.split('=', 1)[0])
    expect(service?.get('ExecStart')?.[0]).toMatch(/^\/usr\/local\/bin\/domainctl run /)
  })

  it.runIf(service?.get('ExecStart')?.[0]?.includes('run --config'))('gives it the time that it takes to stop', () => {
    const drain = Number.parseInt(SETTINGS.drainTimeout.default, 10)
    expect(Number(service?.get('TimeoutStopSec')?.[0])).toBeGreaterThanOrEqual(drain + 30)
  })

  it.runIf(spawnSync('systemd-analyze', ['--version']).status === 0)('is what systemd takes', () => {
    // The command and the user need not be on this machine.
    for (const one of units) {
      copyFileSync(join(folder, one), join(copies, one))
      const text = readFileSync(join(copies, one), 'utf8')
      writeFileSync(
        join(copies, one),
        text.replace('/usr/local/bin/domainctl', process.execPath).replaceAll(/^(User|Group)=.*$/gm, ''),
      )
    }
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(copies, file)], {
      encoding: 'utf8',
    })
    const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('domainctl'))
    expect(ours).toEqual([])
    expect(status).toBe(0)
  })
})
