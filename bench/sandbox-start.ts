// Started by sandbox.ts: times the start of a sandbox in a process that has done nothing else, and prints it as JSON.
import { get } from 'node:https'

const begun = performance.now()
const { startSandbox } = await import('@domainctl/sandbox')
const imported = performance.now() - begun
const first = await timeToFirstAnswer()
const second = await timeToFirstAnswer()
console.log(JSON.stringify({ imported, first, second }))

async function timeToFirstAnswer(): Promise<number> {
  const started = performance.now()
  await using sandbox = await startSandbox()
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const headers = { 'user-agent': 'bench' }
  get(sandbox.ca.directoryUrl, { ca: sandbox.ca.tlsRoot, headers, agent: false }, ({ statusCode }) => resolve(statusCode)).on(
    'error',
    reject,
  )
  if ((await promise) !== 200) throw new Error('the sandbox did not answer')
  return performance.now() - started
}
