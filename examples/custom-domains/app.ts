// What customers do with their domains: the API of the service, at a host of its own.
import { setTimeout as pause } from 'node:timers/promises'
import { type Domainctl, type ErrorCode, isDomainctlError, parseName, type TenantDomainctl } from '@domainctl/core'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { customerPage, customerView } from './customer-view.ts'

/** What a customer may have done wrong, and how HTTP says it; all else is ours. */
const STATUS: Partial<Record<ErrorCode, 400 | 404 | 409 | 503>> = {
  NAME_INVALID: 400,
  NAMES_TOO_MANY: 400,
  DOMAIN_EXISTS: 409,
  DOMAIN_NOT_FOUND: 404,
  DOMAIN_STATUS: 409,
  OWNERSHIP_TAKEN: 409,
  LEASE_HELD: 503,
}
const MOST_DOMAINS = 50
/** In bytes: a name has at most 253 characters. */
const LONGEST_BODY = 4_096
/** How often a domain that the loop is at work on is asked for, and how long apart, in ms. */
const TRIES = 20
const APART = 250

export interface AppOptions {
  /** The customer who a token belongs to, by the id that is the tenant of its domains. */
  customerOf: (token: string) => string | undefined
  /** Where the service takes its customers' visitors. */
  edge: string
  log: (text: string) => void
}

/**
 * A customer is a tenant of domainctl: what one asks for is looked for among its own domains alone, so that nothing here has to
 * check whose a name is.
 */
export function createApp(domainctl: Domainctl, { customerOf, edge, log }: AppOptions) {
  const app = new Hono<{ Variables: { domains: TenantDomainctl } }>()

  app.use(async (c, next) => {
    const token = /^Bearer (\S+)$/.exec(c.req.header('Authorization') ?? '')?.[1]
    const customer = token === undefined ? undefined : customerOf(token)
    if (customer === undefined) throw new HTTPException(401, { message: 'Send the token of a customer.' })
    c.set('domains', domainctl.forTenant(customer))
    await next()
  })

  const short = bodyLimit({ maxSize: LONGEST_BODY, onError: (c) => c.json({ error: 'That is too long.' }, 413) })

  app.post('/domains', short, async (c) => {
    const body: unknown = await c.req.json().catch(() => undefined)
    const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined
    if (typeof name !== 'string') throw new HTTPException(400, { message: 'Send {"name": "shop.example.com"}.' })
    // The CA proves none by HTTP-01, and no alias leads all names below to us.
    if (parseName(name).wildcard) throw new HTTPException(400, { message: 'Give one name, not a wildcard.' })
    const domains = c.get('domains')
    if ((await domains.list({}, { limit: MOST_DOMAINS })).domains.length === MOST_DOMAINS) {
      throw new HTTPException(409, { message: `There are ${MOST_DOMAINS} domains already.` })
    }
    // The proof that the name is theirs, and that it leads to us; with that, HTTP-01 needs no third record.
    const domain = await domains.add(name, { ownership: 'txt', target: edge, challenge: 'http-01' })
    return c.json(customerView(domain), 201)
  })

  app.get('/domains', async (c) => {
    const { domains } = await c.get('domains').list({}, { limit: MOST_DOMAINS })
    return c.json(domains.filter(({ status }) => status !== 'deleted').map(customerView))
  })

  app.get('/domains/:name', async (c) => {
    const domain = await c.get('domains').get(c.req.param('name'))
    if (domain.status === 'deleted') throw new HTTPException(404, { message: 'It was removed.' })
    const view = customerView(domain)
    return c.req.header('Accept')?.includes('text/html') ? c.html(customerPage(view)) : c.json(view)
  })

  // For one who has just made the records; without it they are looked at every minute, and later every five.
  app.post('/domains/:name/check', async (c) => {
    const { signal } = c.req.raw
    const { domain } = await whenFree(() => c.get('domains').verify(c.req.param('name'), { signal }), signal)
    return c.json(customerView(domain))
  })

  app.delete('/domains/:name', async (c) => {
    const { signal } = c.req.raw
    await whenFree(() => c.get('domains').remove(c.req.param('name'), { signal }), signal)
    return c.body(null, 204)
  })

  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status)
    const status = isDomainctlError(error) ? STATUS[error.code] : undefined
    if (status === 503) c.header('Retry-After', '5')
    if (isDomainctlError(error) && status) return c.json({ error: error.message, hint: error.hint, code: error.code }, status)
    // One line, whatever a customer has put into the path.
    log(`${c.req.method} ${JSON.stringify(c.req.path)}: ${error.message}`)
    return c.json({ error: 'Something is wrong on our side.' }, 500)
  })

  return app
}

/** The loop works on a domain by itself, most often for less than a second: it is not the customer who has to try again. */
async function whenFree<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      if (tried === TRIES || !isDomainctlError(error, 'LEASE_HELD')) throw error
      await pause(APART, undefined, { signal })
    }
  }
}
