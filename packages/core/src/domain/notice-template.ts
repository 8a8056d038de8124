import type { Notice, NoticeEvent } from './notice.ts'

/** What stands in place of a notice's own title or text: words with placeholders, such as `{names}: {title}`. */
export interface NoticeTemplate {
  title?: string
  text?: string
}

/** By event; `default` is for all others. */
export type NoticeTemplates = Readonly<Partial<Record<NoticeEvent | 'default', NoticeTemplate>>>

/** What may stand in braces, beside `labels.NAME`. */
export const PLACEHOLDERS = ['title', 'text', 'names', 'event', 'severity', 'tenant', 'at', 'actor', 'incident'] as const
type Placeholder = (typeof PLACEHOLDERS)[number]

const IN_BRACES = /\{([^{}]*)\}/g
const LABEL = 'labels.'

/** Placeholders of a template that mean nothing. */
export function unknownPlaceholders(template: string): string[] {
  return [...template.matchAll(IN_BRACES)]
    .map(([, inside = '']) => inside)
    .filter((inside) => !isPlaceholder(inside) && !(inside.startsWith(LABEL) && inside.length > LABEL.length))
}

/** The notice in the words of its template. What a placeholder stands for is taken as it is: braces in it mean nothing. */
export function worded(notice: Notice, templates: NoticeTemplates): Notice {
  const template = { ...templates.default, ...templates[notice.event] }
  return {
    ...notice,
    ...(template.title !== undefined && { title: oneLine(fill(template.title, notice)) }),
    ...(template.text !== undefined && { text: fill(template.text, notice) }),
  }
}

function fill(template: string, notice: Notice): string {
  return template.replace(IN_BRACES, (whole, inside: string) => {
    if (inside.startsWith(LABEL)) {
      const label = inside.slice(LABEL.length)
      return Object.hasOwn(notice.labels, label) ? (notice.labels[label] ?? '') : ''
    }
    return isPlaceholder(inside) ? wordOf(notice, inside) : whole
  })
}

function wordOf(notice: Notice, placeholder: Placeholder): string {
  if (placeholder === 'names') return notice.names.join(', ')
  if (placeholder === 'at') return notice.at.toISOString()
  return notice[placeholder] ?? ''
}

function isPlaceholder(text: string): text is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(text)
}

/** A title may end up in the subject of a mail. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
