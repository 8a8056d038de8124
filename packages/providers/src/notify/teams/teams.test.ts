import { createRequire } from 'node:module'
import { manualClock } from '@domainctl/core/testing'
import { Ajv } from 'ajv'
import { expect, it } from 'vitest'
import { ALWAYS, hostileMessage, messageOf, NOW, startReceiver } from '../receiver.test.fixture.ts'
import { adaptiveCard, teamsMessage } from './card.ts'
import { manifest } from './manifest.ts'

// The published schema, as Microsoft's own designer has it. It is of draft 6, whose `id` Ajv reads as unknown.
const { adaptiveCardSchema } = createRequire(import.meta.url)('adaptivecards-designer/lib/adaptive-card-schema.js')
const { id: _, $schema: __, ...schema } = adaptiveCardSchema
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)

it('posts a card that the published schema takes', async () => {
  const { url, received } = await startReceiver((response) => response.writeHead(202).end())
  const teams = manifest.create({ url: `${url}/workflows/x/paths/invoke?sig=secret` }, { clock: manualClock(NOW), reach: 'any' })
  await teams.send(messageOf(), { signal: ALWAYS })
  expect(received[0]?.path).toBe('/workflows/x/paths/invoke?sig=secret')
  const message = JSON.parse(received[0]?.body ?? '')
  expect(message).toMatchObject({
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null }],
  })
  const card = message.attachments[0].content
  expect(validate(card), JSON.stringify(validate.errors)).toBe(true)
  expect(card.body.map(({ text }: { text: string }) => text)).toEqual([
    'The renewal of shop.example.com fails (CA_RATE_LIMITED)',
    'Too many certificates. It is tried again at 2026-11-22T13:00:00.000Z.',
    'Domain: shop.example.com  ·  Severity: warning  ·  Who must act: operator  ·  Labels: team=web  ·  When: 2026-11-22T12:00:00.000Z',
  ])
})

it('is held to the schema by a test that can fail', () => {
  expect(validate({ ...adaptiveCard(messageOf()), body: [{ type: 'TextBlock', text: 1 }] })).toBe(false)
  expect(validate({ ...adaptiveCard(messageOf()), type: 'Card' })).toBe(false)
})

it('keeps to what Teams takes, whatever it is told', () => {
  const card = adaptiveCard(hostileMessage())
  expect(validate(card), JSON.stringify(validate.errors)).toBe(true)
  expect(JSON.stringify(card)).not.toContain('](')
  expect(Buffer.byteLength(JSON.stringify(teamsMessage(hostileMessage())))).toBeLessThan(28 * 1024)
})
