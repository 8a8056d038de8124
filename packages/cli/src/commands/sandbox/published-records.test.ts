import { DomainctlError } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../../command.test.support.ts'
import { readPublishedRecords } from './published-records.ts'

describe('records on standard input', () => {
  it('are those that add --json prints', async () => {
    const folder = await temporaryFolder()
    const { stdout } = await runIn(folder, ['add', 'a.example', 'b.example', '--target', 'edge.example.net', '--json'])
    expect(readPublishedRecords(stdout).map(({ type, name }) => `${type} ${name}`)).toEqual([
      'TXT _domainctl.a.example',
      'CNAME a.example',
      'TXT _domainctl.b.example',
      'CNAME b.example',
    ])
  })

  it.each([
    ['', /Nothing came/],
    [' \n', /Nothing came/],
    ['PURPOSE  TYPE', /no JSON/],
    ['{"results":[]', /no JSON/],
    ['[]', /not what records --json prints\./],
    ['{}', /at results\./],
    ['{"results":[{"name":"a","domain":{"records":[{"purpose":"x","type":"SOA"}]}}]}', /at results\.0\.domain\.records\.0\.type/],
    ['{"error":{"message":"The state is gone."}}', /The command before this one failed: The state is gone\./],
    ['{"results":[{"name":"a.example","domain":null,"error":{"message":"There is no a.example."}}]}', /There is no a\.example\./],
  ])('%j are refused', (text, message) => {
    expect(() => readPublishedRecords(text)).toThrow(message)
  })

  it('of any form are read or refused, and nothing else', () => {
    const record = fc.record(
      { purpose: fc.string(), type: fc.string(), name: fc.string(), value: fc.string(), ttl: fc.integer() },
      { requiredKeys: [] },
    )
    const document = fc.record({
      results: fc.array(fc.record({ name: fc.string(), domain: fc.record({ records: fc.array(record) }) })),
    })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          document.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          try {
            readPublishedRecords(text)
          } catch (error) {
            expect(error).toBeInstanceOf(DomainctlError)
          }
        },
      ),
    )
  })
})
