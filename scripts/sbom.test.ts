import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sbomOf } from './sbom.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const ours = { name: '@domainctl/thing', version: '1.2.3', license: 'MIT', description: 'A thing' }
const part = (name: string, version: string, license = 'MIT') => ({ name, version, license, texts: [] })

it('has each package once, in the order of their addresses, whatever order they were found in', () => {
  const packages = [part('beta', '1.0.0'), part('@a/alpha', '2.0.0'), part('beta', '0.9.0'), part('beta', '1.0.0')]
  const sbom = sbomOf(ours, packages)
  expect(sbomOf(ours, packages.toReversed())).toEqual(sbom)
  const refs = ['pkg:npm/%40a/alpha@2.0.0', 'pkg:npm/beta@0.9.0', 'pkg:npm/beta@1.0.0']
  expect(sbom).toMatchObject({
    metadata: { component: { group: '@domainctl', name: 'thing', type: 'library', purl: 'pkg:npm/%40domainctl/thing@1.2.3' } },
    components: refs.map((purl) => ({ purl, 'bom-ref': purl, type: 'library' })),
    dependencies: [{ ref: 'pkg:npm/%40domainctl/thing@1.2.3', dependsOn: refs }, ...refs.map((ref) => ({ ref }))],
  })
  expect(sbom).toMatchObject({ components: [{ group: '@a', name: 'alpha' }, { name: 'beta' }, { name: 'beta' }] })
})

it('says a choice of licenses as an expression', () => {
  expect(sbomOf(ours, [part('a', '1.0.0', '(MIT OR GPL-2.0-only)'), part('b', '1.0.0', 'Apache-2.0')])).toMatchObject({
    components: [{ licenses: [{ expression: '(MIT OR GPL-2.0-only)' }] }, { licenses: [{ license: { id: 'Apache-2.0' } }] }],
  })
})

// What the build has written.
describe.each(['cli/bundle', 'providers/dist', 'sandbox/bundle'])('packages/%s/sbom.cdx.json', (folder) => {
  const read = (file: string) => readFileSync(`${root}packages/${folder}/${file}`, 'utf8')

  it('names what the notices name', () => {
    const { components } = JSON.parse(read('sbom.cdx.json')) as {
      components: { group?: string; name: string; version: string }[]
    }
    const named = components.map(({ group, name, version }) => `${group === undefined ? name : `${group}/${name}`} ${version}`)
    const noticed = [...read('THIRD-PARTY-NOTICES.txt').matchAll(/^(\S+ \d\S*) \([^\n]+\)$/gm)].map(([, heading]) => heading)
    expect(named.length).toBeGreaterThan(1)
    expect(named.sort()).toEqual(noticed.sort())
  })

  it('says nothing of the machine that built it', () => expect(read('sbom.cdx.json')).not.toContain(root))
})
