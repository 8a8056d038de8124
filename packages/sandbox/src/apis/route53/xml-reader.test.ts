import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readChangeRequest } from './change-request.ts'
import { Route53Refusal } from './refusal.ts'
import { readXml } from './xml-reader.ts'
import { xmlDocument } from './xml-writer.ts'

const request = (set: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change>
<Action>UPSERT</Action><ResourceRecordSet>${set}</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`

const value = (text: string) => `<ResourceRecords><ResourceRecord><Value>${text}</Value></ResourceRecord></ResourceRecords>`
const simple = `<Name>a.test</Name><Type>TXT</Type><TTL>60</TTL>${value('&quot;x&quot;')}`

describe('requests to change record sets', () => {
  it('are read', () => {
    expect(readChangeRequest(request(simple))).toEqual({
      changes: [{ action: 'UPSERT', name: 'a.test', type: 'TXT', ttl: 60, multiValueAnswer: false, values: ['"x"'] }],
    })
  })

  it.each([
    ['&lt;&gt;&amp;&apos;&quot;', `<>&'"`],
    ['&#x41;&#66;&#x1F600;', 'AB😀'],
    ['&amp;amp;', '&amp;'],
    ['  a  ', '  a  '],
    ['<![CDATA[<a>]]>', '<a>'],
  ])('have %s as %s', (text, expected) => {
    const { changes } = readChangeRequest(request(simple.replace('&quot;x&quot;', text)))
    expect(changes[0]?.values).toEqual([expected])
  })

  it.each([
    ['no XML', 'hello'],
    ['nothing', ''],
    ['another root', '<ChangeBatch/>'],
    ['half of one', request(simple).slice(0, 200)],
    ['a document type', `<!DOCTYPE a [<!ENTITY b "c">]>${request(simple)}`],
    ['an entity of its own', request(simple.replace('60', '&sixty;'))],
    ['a character that is none', request(simple.replace('60', '&#x110000;'))],
    ['no name', request(simple.replace('<Name>a.test</Name>', ''))],
    ['two names', request(`<Name>b.test</Name>${simple}`)],
    ['a name with elements in it', request(simple.replace('a.test', '<a>b</a>'))],
    ['another action', request(simple).replace('UPSERT', 'UPDATE')],
    ['a TTL that is none', request(simple.replace('60', '1e1'))],
    ['a negative TTL', request(simple.replace('60', '-1'))],
    [
      'text for values',
      request(simple.replace(/<ResourceRecords>.*<\/ResourceRecords>/, '<ResourceRecords>x</ResourceRecords>')),
    ],
    ['members that nobody knows', request(`${simple}<Color>red</Color>`)],
    ['names of JavaScript', request(`${simple}<__proto__>x</__proto__>`)],
  ])('are refused when they are %s', (_, text) => {
    const read = () => readChangeRequest(text)
    expect(read).toThrow(Route53Refusal)
    expect(read).toThrow(expect.objectContaining({ code: 'InvalidInput', status: 400 }))
  })

  it('are read or refused, whatever they are', () => {
    const whole = request(simple)
    const cut = fc.tuple(
      fc.nat(whole.length),
      fc.nat(40),
      fc.oneof(fc.string(), fc.constantFrom('<', '>', '&', '&#', ']]>', '</')),
    )
    const broken = cut.map(([at, length, put]) => whole.slice(0, at) + put + whole.slice(at + length))
    fc.assert(
      fc.property(fc.oneof(broken, fc.string()), (text) => {
        try {
          readChangeRequest(text)
        } catch (error) {
          expect(error).toBeInstanceOf(Route53Refusal)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('are documents as answers are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '<', '>', '&', '"', "'", ' ', 'é', '\\', ';', '#') })
    fc.assert(
      fc.property(text, (inner) => {
        expect(readXml(xmlDocument(['Root', inner]), 'Root')).toBe(inner)
      }),
    )
  })
})
