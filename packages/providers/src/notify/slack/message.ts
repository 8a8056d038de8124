import type { Notice, NoticeMessage } from '@domainctl/core'
import { facts, headline, MOST_TOLD, others, plain, shorter } from '../wording.ts'

/** Slack's limits: characters of a header, of a section, and of the text that stands for the blocks. */
const MOST = { header: 150, section: 3000, text: 4000 }

const MARKS = { info: '🟢', warning: '🟡', critical: '🔴' } as const

/** A message of blocks, with its text for notifications and screen readers. https://docs.slack.dev/reference/block-kit/blocks */
export function slackMessage(message: NoticeMessage) {
  const title = `${MARKS[message.notices[0]?.severity ?? 'info']} ${headline(message)}`
  const more = others(message)
  const isOne = message.notices.length === 1
  return {
    text: escaped(shorter(title, MOST.text / 5)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shorter(title, MOST.header), emoji: true } },
      ...message.notices.slice(0, MOST_TOLD).flatMap((notice) => blocksOf(notice, isOne)),
      ...(more === '' ? [] : [context(more)]),
    ],
    // Names in a text become links, and links previews.
    unfurl_links: false,
    unfurl_media: false,
  }
}

function blocksOf(notice: Notice, isOne: boolean) {
  const words = section(plain(notice.text))
  const title = `*${section(plain(notice.title), MOST.section / 3)}*\n`
  const about = facts(notice).map(([name, value]) => `${name}: ${value}`)
  return [
    {
      type: 'section',
      text: { type: 'mrkdwn', text: isOne ? words || ' ' : shorter(`${title}${words}`, MOST.section), verbatim: true },
    },
    context(about.join('  ·  ')),
  ]
}

function section(text: string, most = MOST.section): string {
  // What is escaped grows by five times at most; what is cut afterwards could end within an entity.
  const short = escaped(shorter(text, most))
  return short.length <= most ? short : escaped(shorter(text, Math.floor(most / 5)))
}

function context(text: string) {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: section(text, 2000), verbatim: true }] }
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping: nothing in a text calls a channel or becomes a link. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
