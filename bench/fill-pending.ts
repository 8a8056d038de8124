import { createDomainctl, type DomainReport, inParallel } from '@domainctl/core'
import { createManual } from '@domainctl/providers'

/** Adds domains whose owners have yet to make their records: an ownership TXT and a CNAME to `target` each. */
export async function fillPending(file: string, names: readonly string[], target: string): Promise<DomainReport[]> {
  const domainctl = await createDomainctl({ state: `file:${file}`, providers: { manual: createManual() } })
  try {
    return await inParallel(names, 16, (name) => domainctl.add(name, { ownership: 'txt', target }))
  } finally {
    await domainctl.close()
  }
}
