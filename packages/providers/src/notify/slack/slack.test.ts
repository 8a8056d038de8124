import { manualClock } from '@domainctl/core/testing'
import { expect, it } from 'vitest'
import { ALWAYS, hostileMessage, messageOf, NOW, startReceiver } from '../receiver.test.fixture.ts'
import { manifest } from './manifest.ts'
import { slackMessage } from './message.ts'

it('posts blocks to the webhook', async () => {
  const { url, received } = await startReceiver()
  const slack = manifest.create({ url: `${url}/services/T/B/X` }, { clock: manualClock(NOW), reach: 'any' })
  expect(await slack.send(messageOf(), { signal: ALWAYS })).toEqual({ warnings: [] })
  expect(received[0]).toMatchObject({ path: '/services/T/B/X', headers: { 'content-type': 'application/json; charset=utf-8' } })
  expect(JSON.parse(received[0]?.body ?? '')).toEqual({
    text: '🟡 The renewal of shop.example.com fails (CA_RATE_LIMITED)',
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: '🟡 The renewal of shop.example.com fails (CA_RATE_LIMITED)', emoji: true },
      },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: 'Too many certificates. It is tried again at 2026-11-22T13:00:00.000Z.', verbatim: true },
      },
      {
        type: 'context',
        elements: [
          {
            type: 'mrkdwn',
            text: 'Domain: shop.example.com  ·  Severity: warning  ·  Who must act: operator  ·  Labels: team=web  ·  When: 2026-11-22T12:00:00.000Z',
            verbatim: true,
          },
        ],
      },
    ],
    unfurl_links: false,
    unfurl_media: false,
  })
})

it('keeps to the limits of Slack, and calls nobody', () => {
  const { text, blocks } = slackMessage(hostileMessage())
  expect(blocks.length).toBeLessThanOrEqual(50)
  expect(text.length).toBeLessThanOrEqual(4000)
  for (const block of blocks) {
    const texts = 'elements' in block ? block.elements.map((one) => one.text) : [block.text.text]
    for (const one of texts) {
      expect(one.length).toBeGreaterThan(0)
      expect(one.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3000)
      if (block.type !== 'header') expect(one).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
    }
  }
  expect(blocks[0]).toMatchObject({ text: { text: '🟡 50 × failed' } })
  expect(JSON.stringify(blocks.at(-1))).toContain('and 30 more')
})

it.each([undefined, '', 'hooks.slack.com', 'http://hooks.slack.com/x', 'https://user:secret@hooks.slack.com/x', 'ftp://x'])(
  'refuses the URL %j, and does not show it',
  (url) => {
    const create = () => manifest.create({ url }, { clock: manualClock(NOW), reach: 'public' })
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('secret') }))
  },
)
