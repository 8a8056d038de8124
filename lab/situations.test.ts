import type { Check, DomainReport } from '@domainctl/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runIn, temporaryFolder } from '../packages/cli/src/command.test.support.ts'
import { type SituationsLab, startSituations } from './situations/lab.ts'
import { applyFix, type Situation } from './situations/situation.ts'
import { situations } from './situations/table.ts'

// Every situation of issue 4, made at real servers: `verify --json` names it, and the fix that it prints mends it.

let lab: SituationsLab
beforeAll(async () => {
  lab = await startSituations()
})
afterAll(() => lab?.stop())

interface Document {
  results: { ok: boolean; domain: DomainReport; checks: Check[] }[]
}

/** The command in a folder of its own, each time as a new process would be: it has seen nothing before. */
async function openCommand({ office = false }: Pick<Situation, 'office'>) {
  const folder = await temporaryFolder()
  const env = { ...lab.env, HOME: folder, ...(office && { DOMAINCTL_RESOLVER: lab.officeResolver }) }
  return async (...argv: string[]) => {
    const ran = await runIn(folder, [...argv, '--json'], { env })
    const [result] = (ran.json() as Document).results
    if (!result?.domain) throw new Error(`domainctl ${argv.join(' ')} has no domain: ${ran.stdout}`)
    return result
  }
}

const codesOf = (checks: readonly Check[]) => checks.flatMap(({ problem }) => problem ?? [])

test.each(situations.map((row) => ({ ...row, title: `${row.code} for ${row.name}: ${row.situation}` })))(
  '$title',
  async (row) => {
    const { name, code, actor, purpose, also = [], mend } = row
    const command = await openCommand(row)
    const added = await command('add', name, '--provider', 'manual', '--ownership', 'txt', ...(row.flags ?? []))
    const verify = () => command('verify', name)
    const making = { lab, name, records: added.domain.records, verify: async () => (await verify()).checks }
    await row.make(making)

    const { checks, ok } = await verify()
    const check = checks.find((one) => one.problem === code && one.purpose === purpose)
    expect(check, JSON.stringify(checks, null, 1)).toBeDefined()
    if (!check) return
    expect(check).toMatchObject({ actor, ok: check.severity !== 'error' })
    expect(check.explanation).toContain(row.names)
    // What is wrong is said once: of the rest nothing is an error that does not follow from it.
    expect(codesOf(checks.filter((one) => !one.ok)).filter((other) => other !== code && !also.includes(other))).toEqual([])
    expect(ok).toBe(checks.every((one) => one.ok))
    if (row.waits !== undefined) {
      const seconds = (Date.parse(check.lookAgainAt ?? '') - Date.now()) / 1000
      expect(seconds).toBeLessThanOrEqual(row.waits)
      expect(seconds).toBeGreaterThan(row.waits - 60)
    }

    if (!mend) return expect(check.fix).toBeUndefined()
    if (mend === 'fix') {
      if (!check.fix) throw new Error(`${code} has no fix: ${check.explanation}`)
      await applyFix(lab, check.fix)
    } else {
      if (check.fix) expect(check.fix.action).toBe('wait')
      await mend(making)
    }
    const mended = await verify()
    expect(codesOf(mended.checks), JSON.stringify(mended.checks, null, 1)).not.toContain(code)
    expect(mended).toMatchObject({ ok: true })
  },
)

test('a zone that is signed well has nothing to be said about, and the resolver did validate it', async () => {
  const command = await openCommand({})
  const { domain } = await command('add', 'shop.signed.test', '--provider', 'manual', '--ownership', 'txt')
  const changes = domain.records.map(({ name, type, value }) => `add ${name}. 60 ${type} "${value}"`)
  await lab.update('signed.test', ...changes)
  const { ok, checks } = await command('verify', 'shop.signed.test')
  expect({ ok, problems: codesOf(checks) }).toEqual({ ok: true, problems: [] })
  expect((await lab.dig('signed.test', 'SOA', 'resolver')).flags).toContain('ad')
})

test('nothing was asked of the CA but its directory', async () => {
  expect(Object.keys(await lab.requests()).filter((request) => request !== 'GET /dir')).toEqual([])
})
