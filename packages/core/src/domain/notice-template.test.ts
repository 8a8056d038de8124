import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Notice } from './notice.ts'
import { unknownPlaceholders, worded } from './notice-template.ts'

const notice: Notice = {
  id: 'n',
  at: new Date('2026-11-22T12:00:00Z'),
  tenant: 'acme',
  event: 'domain.failed',
  severity: 'critical',
  names: ['a.example', 'b.example'],
  title: 'It {names} fails',
  text: 'For a reason.',
  actor: 'operator',
  labels: { team: 'web' },
}

it('puts a notice into other words', () => {
  const templates = {
    default: { title: '[{severity}] {title}', text: '{text} ({tenant}, {at})' },
    'domain.failed': { text: '{names}: {actor} {labels.team}{labels.none}{incident}' },
  } as const
  expect(worded(notice, templates)).toEqual({
    ...notice,
    title: '[critical] It {names} fails',
    text: 'a.example, b.example: operator web',
  })
  expect(worded({ ...notice, event: 'domain.renewed' }, templates).text).toBe('For a reason. (acme, 2026-11-22T12:00:00.000Z)')
  expect(worded(notice, {})).toEqual(notice)
  expect(worded(notice, { default: { title: 'a\r\nb' } }).title).toBe('a b')
})

it('takes what a notice says as it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(worded({ ...notice, text }, { default: { text: '<{text}>' } }).text).toBe(`<${text}>`)
    }),
  )
})

it('knows its placeholders', () => {
  expect(unknownPlaceholders('{title} {labels.team} {} {name} {labels.} {__proto__} { text }')).toEqual([
    '',
    'name',
    'labels.',
    '__proto__',
    ' text ',
  ])
})
