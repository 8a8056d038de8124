// biome-ignore-all lint/style/noRestrictedImports: a part of rotate-state-key.test.ts that runs in a process of its own
/**
 * A process of its own for tests. `node rotate-state-key.test.child.ts work STATE NUMBER`: makes domains with certificates and
 * accounts, and reads their secrets back, until its input ends; says how many. Asked
 * by a line, it says when it has begun and ended one since. `… rotate STATE`: changes the key of its own,
 * with a line as it begins and after each page.
 * The key is in KEY, where there is one.
 */
import { DomainctlError } from './errors.ts'
import { openState } from './open-state.ts'
import { rotateStateKey } from './rotate-state-key.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { sampleAccount, sampleCertificate, sampleDomain, sampleEvent, sampleOrder } from './testing/model-samples.ts'

const [verb, state = '', number = '0'] = process.argv.slice(2)
const { KEY: key } = process.env

try {
  if (verb === 'rotate') {
    console.log('begins')
    await rotateStateKey({ state, onProgress: (values) => console.log(values) })
  } else await work()
} catch (error) {
  console.log(error instanceof DomainctlError ? JSON.stringify({ code: error.code, message: error.message }) : String(error))
  process.exitCode = 1
}

async function work(): Promise<void> {
  const { store } = await openState(state, { clock: systemClock(), random: systemRandom(), key })
  let going = true
  let asked = false
  process.stdin.on('data', () => {
    asked = true
  })
  process.stdin.on('end', () => {
    going = false
  })
  console.log('ready')
  let done = 0
  for (; going; done++) {
    const isAsked = asked
    asked = false
    const secret = `secret ${number} ${done}`
    const domain = sampleDomain({ name: `${done}.${number}.example` })
    await store.addDomain(domain, [sampleEvent('domain.added', { domainId: domain.id })])
    const claimed = await store.claim(domain.id, { owner: number, ttlMs: 60_000, isGone: () => false })
    if (!claimed) throw new Error('not there')
    await store.commit(claimed.lease, { order: { ...sampleOrder(domain), certificateKey: secret } })
    const certificate = { ...sampleCertificate(domain), privateKey: secret }
    await store.commit(claimed.lease, { certificate })
    const account = sampleAccount({ id: secret, name: secret, key: secret, nextKey: secret })
    await store.addAccount(account, [])
    const order = await store.openOrder(domain.id)
    if (order?.certificateKey !== secret) throw new Error(`the order of ${secret} has another key`)
    if ((await store.getCertificate(certificate.id))?.privateKey !== secret)
      throw new Error(`the key of ${secret} is another one`)
    if ((await store.getAccountById(secret))?.nextKey !== secret) throw new Error(`the account of ${secret} has another key`)
    await store.release(claimed.lease)
    if (isAsked) console.log('one more')
  }
  await store.close()
  console.log(done)
}
