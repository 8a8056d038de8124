import { describe, expect, it } from 'vitest'
import { createClient, startCa } from './acme.test.support.ts'
import { AcmeProblem } from './problem.ts'
import type { CaaClaim, Http01Claim, Validation } from './validation.ts'

const URN = 'urn:ietf:params:acme:error:'

async function open(checks: Partial<Validation> = {}) {
  const ca = await startCa({ httpPort: 5002, httpsPort: 5003 }, checks)
  const client = createClient(ca)
  await client.register()
  return { ca, client }
}

describe('the challenges of an authorization', () => {
  it('are dns-01 and http-01, each with a token of its own, and of a wildcard dns-01 alone', async () => {
    const { client } = await open()
    const order = await client.order('example.test', '*.example.test')
    const challenges: { type: string; token: string }[][] = []
    for (const url of order.body.authorizations) challenges.push((await client.post(url)).body.challenges)
    expect(challenges.map((each) => each.map(({ type }) => type))).toEqual([['dns-01', 'http-01'], ['dns-01']])
    expect(new Set(challenges.flat().map(({ token }) => token)).size).toBe(3)
  })

  it('are met by http-01 alone, which CAA is asked about, and then on', async () => {
    const [claims, caa]: [Http01Claim[], CaaClaim[]] = [[], []]
    const { ca, client } = await open({
      http01: async (claim) => void claims.push(claim),
      caa: async (claim) => void caa.push(claim),
      dns01: async () => {
        throw new AcmeProblem('unauthorized', 403, 'No TXT record.')
      },
    })
    const order = await client.order('a.example.test')
    const [url = ''] = order.body.authorizations
    const [, http] = (await client.post(url)).body.challenges
    await client.post(http?.url ?? '', {})
    let reply = await client.post(url)
    while (reply.body.status === 'pending') reply = await client.post(url)
    expect(reply.body).toMatchObject({ status: 'valid', challenges: [{ type: 'http-01', status: 'valid', token: http?.token }] })
    const [claim] = claims
    expect(claim).toMatchObject({ name: 'a.example.test', token: http?.token, ports: { http: 5002, https: 5003 } })
    expect(claim?.keyAuthorization).toMatch(new RegExp(`^${http?.token}\\.[\\w-]{43}$`))
    ca.clock.advance(9 * 3_600_000)
    await client.finish(order, 'a.example.test')
    expect(caa.map(({ method }) => method)).toEqual(['http-01', 'http-01'])
  })

  it('end with the first that fails, and are not tried again by another', async () => {
    let asked = 0
    const { client } = await open({
      http01: async () => {
        throw new AcmeProblem('connection', 400, 'Connection refused')
      },
      dns01: async () => {
        asked += 1
      },
    })
    const order = await client.order('a.example.test')
    const [url = ''] = order.body.authorizations
    const [dns, http] = (await client.post(url)).body.challenges
    await client.post(http?.url ?? '', {})
    let reply = await client.post(url)
    while (reply.body.status === 'pending') reply = await client.post(url)
    expect(reply.body.challenges).toMatchObject([{ type: 'http-01', status: 'invalid', error: { type: `${URN}connection` } }])
    expect((await client.post(order.url)).body).toMatchObject({ status: 'invalid', error: { type: `${URN}connection` } })
    expect(await client.post(dns?.url ?? '', {})).toMatchObject({ body: { status: 'pending' } })
    expect(asked).toBe(0)
  })
})
