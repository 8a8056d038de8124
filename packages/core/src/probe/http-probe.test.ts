import { describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { type Edge, NAME, nowhere, probeAt, startEdge } from './edge.test.support.ts'
import { createHttpProbe } from './http-probe.ts'
import { follow } from './journey.ts'

const answering = (status: number, body = '', headers: Record<string, string> = {}): Edge => ({
  http: (_, response) => response.writeHead(status, headers).end(body),
})

describe('the HTTP probe', () => {
  it('asks with the name as Host, and tells what the server calls itself', async () => {
    const seen: unknown[] = []
    const edge: Edge = {
      http: ({ method, url, headers }, response) => {
        seen.push({ method, url, host: headers.host, agent: headers['user-agent'] })
        response.writeHead(404, { server: 'edge\u00a07' }).end()
      },
    }
    const { port, answers } = await probeAt({ '127.0.0.1': edge }, { path: '/probe?a=1' })
    expect(seen).toEqual([{ method: 'GET', url: '/probe?a=1', host: `${NAME}:${port}`, agent: 'domainctl' }])
    const url = `http://${NAME}:${port}/probe?a=1`
    expect(answers).toEqual([
      {
        address: '127.0.0.1',
        url,
        outcome: 'ok',
        status: 404,
        finalUrl: url,
        redirects: [],
        why: 'the answer is 404 (Not Found)',
        server: '"edge\u00a07"',
        ms: 0,
      },
    ])
  })

  it.each([
    [200, 'ok'],
    [304, 'ok'],
    [401, 'ok'],
    [421, 'status'],
    [500, 'status'],
    [503, 'status'],
    [599, 'status'],
  ])('takes %i without a token as %s', async (status, outcome) => {
    const { answers } = await probeAt({ '127.0.0.1': answering(status) })
    expect(answers).toMatchObject([{ outcome, status }])
  })

  it.each<[number, string, string, string]>([
    [200, 'abc123', 'ok', 'the answer is 200 (OK) with the token'],
    [200, ' \r\nabc123\n', 'ok', 'the answer is 200 (OK) with the token'],
    [200, 'xabc123', 'token', 'the answer is 200 (OK) with something else in place of the token'],
    [200, 'ABC123', 'token', 'the answer is 200 (OK) with something else in place of the token'],
    [200, '', 'token', 'the answer is 200 (OK) with nothing in place of the token'],
    [404, 'abc123', 'status', 'the answer is 404 (Not Found)'],
    [201, 'abc123', 'status', 'the answer is 201 (Created)'],
  ])('takes %i with %j for the token abc123 as %s', async (status, body, outcome, why) => {
    const { answers } = await probeAt({ '127.0.0.1': answering(status, body) }, { token: 'abc123' })
    expect(answers).toMatchObject([{ outcome, why }])
  })

  it.each([
    ['Welcome', '"Welcome"'],
    ['\u001b[2J\u202e', '"\\u001b[2J\\u{202e}"'],
  ])('shows %j in place of the token, made safe, where anybody can see it', async (body, shown) => {
    const port = await startEdge(answering(200, body))
    const request = { name: NAME, addresses: [], path: '/', token: 'abc123' }
    const everywhere = { refusal: () => undefined, isPublic: () => true }
    const seen = await follow('127.0.0.1', request, {
      clock: systemClock(),
      port,
      trace: nowhere,
      signal: new AbortController().signal,
      ...everywhere,
    })
    expect(seen).toMatchObject({ outcome: 'token', why: `the answer is 200 (OK) with ${shown} in place of the token` })
  })

  it('never asks where machines are told about themselves, not even in a lab', async () => {
    const addresses = ['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1', 'fd00:ec2::254', '168.63.129.16']
    const { answers } = await probeAt({}, { addresses })
    const why = 'nothing was asked: it is where machines are told about themselves (link-local, or of a cloud)'
    expect(answers.map((answer) => [answer.outcome, answer.why])).toEqual(addresses.map(() => ['private', why]))
  })

  it('takes its time from a clock that was set back as none', async () => {
    const { now, ...rest } = loopbackClock()
    let asked = 0
    const clock = { ...rest, now: () => new Date(now().getTime() - (asked++ === 0 ? 0 : 3_600_000)) }
    const { answers } = await probeAt({ '127.0.0.1': answering(200) }, {}, { clock })
    expect(answers).toMatchObject([{ ms: 0 }])
  })

  it('names the one address behind which something else answers', async () => {
    const { answers } = await probeAt(
      {
        '127.0.0.2': answering(200, 'abc123'),
        '127.0.0.3': answering(200, 'Welcome', { server: 'old-host' }),
        '127.0.0.4': answering(200, 'abc123'),
      },
      { token: 'abc123' },
    )
    expect(answers.map(({ address, outcome, server }) => [address, outcome, server])).toEqual([
      ['127.0.0.2', 'ok', undefined],
      ['127.0.0.3', 'token', '"old-host"'],
      ['127.0.0.4', 'ok', undefined],
    ])
  })

  it('asks at most 8 addresses, of both families, each once', async () => {
    const addresses = [...Array.from({ length: 20 }, (_, i) => `10.0.0.${i}`), '10.0.0.1', 'fd00::1']
    const { answers } = await probeAt({}, { addresses }, { allowPrivate: false })
    const asked = ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6', 'fd00::1']
    expect(answers.map(({ address }) => address)).toEqual(asked)
  })

  it('connects to no address that is not public, nor to what is none', async () => {
    let connections = 0
    const edge: Edge = {
      raw: () => {
        connections += 1
      },
    }
    const addresses = ['127.0.0.1', '::ffff:127.0.0.1', '169.254.169.254', '10.1.2.3', 'localhost', '']
    const { answers } = await probeAt({ '127.0.0.1': edge }, { addresses }, { allowPrivate: false })
    expect(answers.map(({ outcome, finalUrl }) => [outcome, finalUrl])).toEqual(addresses.map(() => ['private', undefined]))
    const { answers: lab } = await probeAt({}, { addresses: ['localhost', ''] })
    expect(lab.map(({ outcome }) => outcome)).toEqual(['private', 'private'])
    expect(connections).toBe(0)
  })

  it('ends soon after its signal, with its reason', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const port = await startEdge({ raw: () => stop.abort(reason) })
    const probe = createHttpProbe({ clock: systemClock(), port, allowPrivate: true, trace: nowhere })
    const asked = { name: NAME, addresses: ['127.0.0.1'], path: '/' }
    await expect(probe.probe(asked, { signal: stop.signal })).rejects.toBe(reason)
    await expect(probe.probe(asked, { signal: stop.signal })).rejects.toBe(reason)
  })
})
