// The service by its environment: node main.ts
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createDomainctl } from '@domainctl/core'
import { startService } from './service.ts'

const { env } = process
const { EDGE = 'edge.example.com', STATE = 'file:state.db', CUSTOMERS = 'customers.json' } = env
/** Token → id of the customer. A real service asks its database. */
const customers: Record<string, string> = JSON.parse(readFileSync(CUSTOMERS, 'utf8'))
const port = (text: string | undefined, usual: number) => (text === undefined ? usual : Number(text))

const http = createServer().listen(port(env.HTTP_PORT, 80))
await once(http, 'listening')
const domainctl = await createDomainctl({
  state: STATE,
  ca: env.DOMAINCTL_CA ?? 'letsencrypt-staging',
  acceptTerms: true,
  ...(env.DOMAINCTL_ENCRYPTION_KEY && { encryptionKey: env.DOMAINCTL_ENCRYPTION_KEY }),
})
const service = await startService(domainctl, {
  http,
  edge: EDGE,
  listen: { https: port(env.HTTPS_PORT, 443), api: port(env.API_PORT, 8080), host: env.HOST ?? '0.0.0.0' },
  customerOf: (token) => (Object.hasOwn(customers, token) ? customers[token] : undefined),
  site: (customer, _, response) => void response.end(`The site of ${customer}\n`),
})
console.log(`The API listens at port ${service.apiPort}.`)
const stop = async () => {
  await service.stop()
  http.close()
  await domainctl.close()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
