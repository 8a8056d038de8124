import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeployCall, DeployedCertificate, DeployTarget } from '../contracts/deploy-target.ts'

/** How soon a call has to end once its signal aborts, in ms. Generous for a busy machine, and for a command that is asked to end. */
const ABORTED_WITHIN_MS = 5_000

/** A target to be tested, and how it is seen what it has done. */
export interface TargetSubject {
  target: DeployTarget
  /** A certificate for this name; each `generation` is another one. */
  certificate(name: string, generation: number): Promise<DeployedCertificate>
  /** Fingerprint of what is there for this name, or null. */
  placed(name: string): Promise<string | null>
  /** Makes what `deploy` does next fail, until the function that it returns is called; absent where that cannot be arranged. */
  breakIt?(): Promise<() => Promise<void>>
  close(): Promise<void>
}

/**
 * The specification of {@link DeployTarget} as vitest tests: every target has to pass them. `setup` is called once.
 *
 * @example
 * describeDeployTarget('example', async () => ({ target, certificate, placed, close }))
 */
export function describeDeployTarget(name: string, setup: () => Promise<TargetSubject>): void {
  describe(`${name} as a deployment target`, () => {
    const o: DeployCall = { signal: new AbortController().signal, reason: 'deploy' }
    let subject: TargetSubject
    beforeAll(async () => {
      subject = await setup()
    })
    afterAll(async () => {
      await subject?.target.close?.()
      await subject?.close()
    })

    it('puts a certificate there, the same once more, and the next one over it', async () => {
      const name = 'again.example.test'
      const [first, second] = [await subject.certificate(name, 1), await subject.certificate(name, 2)]
      expect((await subject.target.deploy(first, o)).changed).toBe(true)
      expect(await subject.placed(name)).toBe(first.fingerprint)
      await subject.target.deploy(first, o)
      expect(await subject.placed(name)).toBe(first.fingerprint)
      await subject.target.deploy(second, o)
      expect(await subject.placed(name)).toBe(second.fingerprint)
      await subject.target.deploy(first, { ...o, reason: 'rollback' })
      expect(await subject.placed(name)).toBe(first.fingerprint)
    })

    it('has wildcards too', async () => {
      const wildcard = await subject.certificate('*.wild.example.test', 1)
      await subject.target.deploy(wildcard, o)
      expect(await subject.placed('*.wild.example.test')).toBe(wildcard.fingerprint)
    })

    it('brings back what was there before, where it offers that', async () => {
      const name = 'undo.example.test'
      const [first, second] = [await subject.certificate(name, 1), await subject.certificate(name, 2)]
      const fresh = await subject.target.deploy(first, o)
      const { undo } = await subject.target.deploy(second, o)
      if (!undo) return expect(fresh.undo).toBeUndefined()
      await undo(o)
      expect(await subject.placed(name)).toBe(first.fingerprint)
      await fresh.undo?.(o)
      expect(await subject.placed(name)).toBeNull()
    })

    it('takes different domains at the same time', async () => {
      const certificates = await Promise.all([1, 2, 3, 4].map((n) => subject.certificate(`many${n}.example.test`, 1)))
      await Promise.all(certificates.map((certificate) => subject.target.deploy(certificate, o)))
      for (const { name, fingerprint } of certificates) expect(await subject.placed(name)).toBe(fingerprint)
    })

    it('does nothing for a signal that has aborted, and rejects', async () => {
      const certificate = await subject.certificate('aborted.example.test', 1)
      const since = performance.now()
      const aborted = AbortSignal.abort(new Error('enough'))
      await expect(subject.target.deploy(certificate, { ...o, signal: aborted })).rejects.toThrow('enough')
      expect(performance.now() - since).toBeLessThan(ABORTED_WITHIN_MS)
      expect(await subject.placed('aborted.example.test')).toBeNull()
    })

    it('leaves what was there when it fails, and says nothing of the key', async () => {
      const name = 'broken.example.test'
      const [first, second] = [await subject.certificate(name, 1), await subject.certificate(name, 2)]
      await subject.target.deploy(first, o)
      const mend = await subject.breakIt?.()
      if (!mend) return
      const failure = await subject.target.deploy(second, o).catch((error: unknown) => error)
      await mend()
      expect(failure).toMatchObject({ code: 'DEPLOY_FAILED' })
      const [secret = ''] = second.privateKey?.split('\n').filter((line) => line.length > 16 && !line.startsWith('-')) ?? []
      expect(secret).not.toBe('')
      expect(`${failure} ${JSON.stringify(failure)}`).not.toContain(secret)
      expect(await subject.placed(name)).toBe(first.fingerprint)
    })
  })
}
