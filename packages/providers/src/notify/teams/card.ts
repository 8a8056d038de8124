import type { Notice, NoticeMessage } from '@domainctl/core'
import { facts, headline, MOST_TOLD, others, plain, shorter } from '../wording.ts'

/** Teams takes 28 KB, with what is around the card; characters of a notice's words, when it is alone and of all together. */
const MOST = { one: 4000, all: 8000, title: 300, octets: 26_000 }

const COLORS = { info: 'good', warning: 'warning', critical: 'attention' } as const

/**
 * A message of one Adaptive Card, as a workflow "When a Teams webhook request is received" takes it.
 * https://adaptivecards.io/explorer
 */
export function teamsMessage(message: NoticeMessage) {
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: adaptiveCard(message) }],
  }
}

export function adaptiveCard(message: NoticeMessage) {
  for (let told = MOST_TOLD; ; told = Math.floor(told / 2)) {
    const card = cardOf(message, told)
    if (told === 1 || Buffer.byteLength(JSON.stringify(card)) <= MOST.octets) return card
  }
}

function cardOf(message: NoticeMessage, count: number) {
  const { notices } = message
  const [first] = notices
  const told = notices.slice(0, count)
  const most = notices.length === 1 ? MOST.one : Math.floor(MOST.all / told.length)
  const more = others(message, count)
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: shorter(headline(message), MOST.title),
    msteams: { width: 'Full' },
    body: [
      block(shorter(headline(message), MOST.title), {
        size: 'large',
        weight: 'bolder',
        color: COLORS[first?.severity ?? 'info'],
      }),
      ...told.flatMap((notice) => elementsOf(notice, most, notices.length === 1)),
      ...(more === '' ? [] : [block(more, { isSubtle: true })]),
    ],
  }
}

function elementsOf(notice: Notice, most: number, isOne: boolean) {
  const about = facts(notice).map(([name, value]) => `${name}: ${shorter(value, 200)}`)
  return [
    ...(isOne ? [] : [block(shorter(plain(notice.title), MOST.title), { weight: 'bolder' })]),
    block(shorter(plain(notice.text), most), {}),
    block(about.join('  ·  '), { isSubtle: true, size: 'small' }),
  ]
}

interface Look {
  size?: 'small' | 'large'
  weight?: 'bolder'
  color?: (typeof COLORS)[keyof typeof COLORS]
  isSubtle?: true
}

function block(text: string, look: Look) {
  // A TextBlock is Markdown: what others wrote makes no link that says another address than it leads to.
  return { type: 'TextBlock', text: text.replaceAll('](', '] ('), wrap: true, ...look }
}
