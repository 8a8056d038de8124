import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../command.test.support.ts'
import { loadConfig } from './config.ts'

async function windowsOf(yaml: string) {
  const cwd = await temporaryFolder()
  await writeFile(join(cwd, 'domainctl.config.yaml'), yaml)
  return (await loadConfig({}, { cwd, env: {} })).maintenance
}

describe('maintenance windows of a configuration file', () => {
  it('are read, also with the times that YAML has of its own', async () => {
    expect(
      await windowsOf(`maintenance:
  - { from: 2026-12-01T22:00:00Z, to: "2026-12-02T02:00+02:00", names: [Shop.Example.com.] }
  - { from: "2026-12-24 00:00Z", to: "2026-12-27T00:00:00Z", labels: { customer: acme } }
`),
    ).toEqual([
      { from: new Date('2026-12-01T22:00:00Z'), to: new Date('2026-12-02T00:00:00Z'), names: ['shop.example.com'] },
      { from: new Date('2026-12-24T00:00:00Z'), to: new Date('2026-12-27T00:00:00Z'), labels: { customer: 'acme' } },
    ])
    expect(await windowsOf('tenant: acme\n')).toEqual([])
  })

  it.each([
    ['{}', /: maintenance: expected a list of windows with from and to/],
    ['[{ from: "2026-12-01T22:00", to: 2026-12-02T00:00:00Z }]', /: maintenance\.0\.from: expected a time with its zone/],
    ['[{ from: 2026-12-02T00:00:00Z, to: 2026-12-01T00:00:00Z }]', /: maintenance\.0: expected a window .* which ends after/],
    [
      '[{ from: 2026-12-01T00:00:00Z, to: 2026-12-02T00:00:00Z, names: ["not a name"] }]',
      /maintenance\.0\.names\.0: expected the name/,
    ],
    ['[{ from: 2026-12-01T00:00:00Z, to: 2026-12-02T00:00:00Z, name: a.example }]', /maintenance\.0\.name/],
    [
      '[{ from: 2026-12-01T00:00:00Z, to: 2026-12-02T00:00:00Z, labels: { a: 1 } }]',
      /maintenance\.0\.labels\.a: expected the value/,
    ],
  ])('are refused: %s', async (windows, message) => {
    const refused = windowsOf(`maintenance: ${windows}\n`)
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
  })
})
