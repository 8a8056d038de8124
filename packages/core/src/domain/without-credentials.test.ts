import { expect, it } from 'vitest'
import { withoutCredentials } from './without-credentials.ts'

it.each([
  ['https://user:secret@dns.example/q', 'https://…@dns.example/q'],
  ['https://secret@dns.example/', 'https://…@dns.example/'],
  ['https://u:secr@et/secret@dns.example', 'https://…@dns.example'],
  ['https://u:secret secret\n@dns.example', 'https://…@dns.example'],
  ['192.0.2.1,https://u:secret@dns.example', '192.0.2.1,https://…@dns.example'],
  ['https://a.example/x,https://u:se,cret@dns.example', 'https://…@dns.example'],
  ['user:secret@dns.example', 'user:…@dns.example'],
  ['postgres://root:secret@db/x', 'postgres://…@db/x'],
])('leaves out what may be secret: %j', (text, shown) => {
  expect(withoutCredentials(text)).toBe(shown)
})

it.each(['https://dns.example/q', 'a b@c.example', '[2001:db8::1]:53', 'file:x'])('keeps %j', (text) => {
  expect(withoutCredentials(text)).toBe(text)
})
