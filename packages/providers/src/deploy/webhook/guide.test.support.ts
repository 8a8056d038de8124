import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'

/** A certificate as the receiver of guide.md hands it to the function that puts it in place. */
export interface AppliedCertificate {
  reason: string
  domain: string
  names: string[]
  fingerprint: string
  serial: string
  notAfter: string
  certificateChain: string
  privateKey?: string
}

type CreateReceiver = (secret: string, install: (certificate: AppliedCertificate) => Promise<boolean>) => Server

/** The receiver that guide.md shows, as somebody copies it from there. */
export async function receiverOfGuide(atEnd: (end: () => Promise<void>) => void = onTestFinished): Promise<CreateReceiver> {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(await readFile(new URL('guide.md', import.meta.url), 'utf8')) ?? []
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-receiver-'))
  atEnd(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'receiver.mjs')
  await writeFile(file, code)
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)).createReceiver
}
