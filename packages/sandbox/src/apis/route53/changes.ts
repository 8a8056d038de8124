import { DomainctlError } from '@domainctl/core'
import type { SandboxRuntime } from '../../runtime.ts'
import { shown } from '../../shown.ts'
import { newId } from './hosted-zones.ts'
import { Route53Refusal } from './refusal.ts'
import type { XmlElement } from './xml-writer.ts'

/** The changes that were accepted, and how far they are. */
export interface Changes {
  /** How long one is PENDING, in ms. @throws DomainctlError `USAGE` */
  syncMs: number
  /** The `ChangeInfo` of a new change. */
  add(comment: string | undefined): XmlElement
  /** @throws Route53Refusal `NoSuchChange` */
  get(id: string): XmlElement
}

/** None at first. */
export function createChanges(runtime: SandboxRuntime): Changes {
  const changes = new Map<string, { readonly submittedAt: Date; readonly comment: string | undefined }>()
  let syncMs = 0

  function infoOf(id: string, status: 'PENDING' | 'INSYNC'): XmlElement {
    const { submittedAt, comment } = changes.get(id) ?? {}
    return [
      'ChangeInfo',
      [
        ['Id', `/change/${id}`],
        ['Status', status],
        ['SubmittedAt', submittedAt?.toISOString()],
        ['Comment', comment],
      ],
    ]
  }

  return {
    get syncMs() {
      return syncMs
    },
    set syncMs(ms) {
      if (!Number.isFinite(ms) || ms < 0) {
        throw new DomainctlError('USAGE', `${shown(ms)} is no time for changes to be pending.`, {
          hint: 'Give milliseconds, 0 or more.',
        })
      }
      syncMs = ms
    },
    add(comment) {
      const id = newId('C', runtime)
      changes.set(id, { submittedAt: runtime.clock.now(), comment })
      // https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeInfo.html: at first always PENDING.
      return infoOf(id, 'PENDING')
    },
    get(id) {
      const change = changes.get(id)
      if (!change) {
        throw new Route53Refusal(404, 'NoSuchChange', `A change with the specified change ID does not exist: ${id}`)
      }
      return infoOf(id, runtime.clock.now().getTime() - change.submittedAt.getTime() < syncMs ? 'PENDING' : 'INSYNC')
    },
  }
}
