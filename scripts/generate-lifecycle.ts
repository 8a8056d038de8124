import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DomainEvent, TRANSITIONS } from '../packages/core/src/domain/machine.ts'

/** The picture of a domain's lifecycle in the concepts, drawn from the transition table that the engine goes by. */
export function generateLifecycle(root: string): { path: string; content: string }[] {
  const path = 'docs/guide/concepts.md'
  const page = readFileSync(join(root, path), 'utf8')
  const block = /(<!-- lifecycle:.*-->\n)[\s\S]*?(<!-- \/lifecycle -->)/
  if (!block.test(page)) throw new Error(`${path} has no place for the lifecycle`)
  return [{ path, content: page.replace(block, (_, before: string, after: string) => `${before}${picture()}${after}`) }]
}

/** In the words of people. */
const EVENTS: Record<DomainEvent, string> = {
  proven: 'records right, probe awaited',
  verified: 'all proofs seen',
  issued: 'certificate issued',
  gave_up: 'given up',
  revived: 'verify',
  reopened: 'a proof has gone',
  suspended: 'suspend',
  resumed: 'resume',
  resumed_with_certificate: 'resume, with a certificate',
  removed: 'remove',
}

/** These two may happen to any domain: one arrow from all of them together, in place of eleven. */
const TO_ANY: readonly DomainEvent[] = ['suspended', 'removed']
const ASIDE = new Set(['suspended', 'deleted'])
const ANY = 'any_of_these'

function picture(): string {
  const arrows = new Map<string, string[]>()
  const together = new Set<string>()
  const draw = (from: string, to: string, event: DomainEvent) => {
    const words = arrows.get(`${from} --> ${to}`) ?? []
    arrows.set(`${from} --> ${to}`, words.includes(EVENTS[event]) ? words : [...words, EVENTS[event]])
  }
  for (const [event, moves] of Object.entries(TRANSITIONS) as [DomainEvent, Record<string, string>][]) {
    for (const [from, to] of Object.entries(moves)) {
      if (from === to) continue
      const ofAny = TO_ANY.includes(event) && !ASIDE.has(from)
      if (ofAny) together.add(from)
      draw(ofAny ? ANY : from, to, event)
    }
  }
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> pending_dns: add',
    '  [*] --> pending_probe: add, nothing but the probe to be met',
    '  [*] --> issuing: add, nothing to prove first',
    ...[...arrows].map(([arrow, words]) => `  ${arrow}: ${words.join(' / ')}`),
    `  state "${[...together].join(', ')}" as ${ANY}`,
    '  deleted --> [*]: 7 days',
    '```',
    '',
  ].join('\n')
}
