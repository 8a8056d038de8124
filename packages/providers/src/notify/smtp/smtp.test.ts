import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { manualClock } from '@domainctl/core/testing'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeAuthority, makeLeaf } from '../../../../core/src/acme/certificates.test.support.ts'
import { ALWAYS, hostileMessage, messageOf, NOW } from '../receiver.test.fixture.ts'
import { manifest } from './manifest.ts'

interface Mail {
  from: string
  to: string[]
  text: string
}

function smtpError(code: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode: code })
}

/** A mail server on loopback. */
async function startServer(o: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onData(stream, { envelope }, done) {
      text(stream).then((mail) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text: mail })
        done()
      }, done)
    },
    ...o,
  })
  server.on('error', () => undefined)
  const listening = server.listen(0, '127.0.0.1')
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  await once(listening, 'listening')
  return { port: (listening.address() as AddressInfo).port, mails }
}

const values = {
  host: '127.0.0.1',
  tls: 'none',
  from: 'domainctl <domainctl@example.com>',
  to: ['ops@example.com', 'web@example.com'],
}
const mailer = (more: Record<string, unknown>) =>
  manifest.create({ ...values, ...more }, { clock: manualClock(NOW), reach: 'public' })

describe('mail', () => {
  it('is given to a mail server, whole', async () => {
    const { port, mails } = await startServer()
    expect(await mailer({ port }).send(messageOf({ incident: 'i 1' }), { signal: ALWAYS })).toEqual({ warnings: [] })
    expect(mails).toMatchObject([{ from: 'domainctl@example.com', to: ['ops@example.com', 'web@example.com'] }])
    const mail = mails[0]?.text ?? ''
    for (const line of [
      'Subject: [domainctl] The renewal of shop.example.com fails (CA_RATE_LIMITED)',
      'Message-ID: <message-1@example.com>',
      'Auto-Submitted: auto-generated',
      'X-Domainctl-Event: domain.failed',
      'References: <incident-i_1@example.com>',
      'Too many certificates. It is tried again at 2026-11-22T13:00:00.000Z.',
      'Who must act: operator',
    ])
      expect(mail.replace(/\r\n[ \t]/g, ' ').replace(/=\r\n/g, '')).toContain(line)
  })

  it('has no header of what it tells of', async () => {
    const { port, mails } = await startServer()
    await mailer({ port }).send(messageOf({ title: 'x\r\nBcc: evil@example.com' }), { signal: ALWAYS })
    await mailer({ port }).send(hostileMessage(), { signal: ALWAYS })
    expect(mails.map(({ to }) => to.length)).toEqual([2, 2])
    expect(mails[0]?.text.split('\r\n\r\n', 1)[0]).not.toMatch(/^Bcc/im)
  })

  it('knows its user, and says what is wrong without the password', async () => {
    const password = 'the-password-of-mail'
    const { port, mails } = await startServer({
      authOptional: false,
      onAuth: ({ password: given }, _, done) =>
        given === password ? done(null, { user: 'me' }) : done(smtpError(535, `not ${given}, ${password}`)),
    })
    await mailer({ port, user: 'me', password }).send(messageOf(), { signal: ALWAYS })
    expect(mails).toHaveLength(1)
    const wrong = 'another-password'
    const sending = mailer({ port, user: 'me', password: wrong }).send(messageOf(), { signal: ALWAYS })
    await expect(sending).rejects.toMatchObject({ code: 'CHANNEL_REFUSED', message: expect.not.stringContaining(wrong) })
  })

  it.each([
    ['a message for later', { onData: refuseData(451) }, 'CHANNEL_UNREACHABLE'],
    [
      'a recipient for later',
      { onRcptTo: (_: unknown, __: unknown, done: (e: Error) => void) => done(smtpError(450, 'greylisted')) },
      'CHANNEL_UNREACHABLE',
    ],
    ['a message for good', { onData: refuseData(554) }, 'NOTICE_REFUSED'],
    [
      'a sender',
      { onMailFrom: (_: unknown, __: unknown, done: (e: Error) => void) => done(smtpError(550, 'no')) },
      'CHANNEL_REFUSED',
    ],
    [
      'all recipients',
      { onRcptTo: (_: unknown, __: unknown, done: (e: Error) => void) => done(smtpError(550, 'no')) },
      'CHANNEL_REFUSED',
    ],
  ] satisfies [string, SMTPServerOptions, string][])('is tried again or not when the server refuses %s', async (_, o, code) => {
    const { port } = await startServer(o)
    await expect(mailer({ port }).send(messageOf(), { signal: ALWAYS })).rejects.toMatchObject({ code })
  })

  it('was sent when one of the recipients took it, with a word on the others', async () => {
    const { port } = await startServer({
      onRcptTo: ({ address }, _, done) => (address.startsWith('web') ? done(smtpError(550, 'no such user')) : done()),
    })
    expect(await mailer({ port }).send(messageOf(), { signal: ALWAYS })).toEqual({
      warnings: [`web@example.com was refused by 127.0.0.1:${port}`],
    })
  })

  it('is not sent without TLS unless that was said', async () => {
    const { port, mails } = await startServer()
    await expect(mailer({ port, tls: 'starttls' }).send(messageOf(), { signal: ALWAYS })).rejects.toMatchObject({
      code: 'CHANNEL_REFUSED',
    })
    expect(mails).toEqual([])
  })

  it('is tried again where nobody is, and given up with the caller where somebody says nothing', async () => {
    await expect(mailer({ port: 1 }).send(messageOf(), { signal: ALWAYS })).rejects.toMatchObject({ code: 'CHANNEL_UNREACHABLE' })
    const silent = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void silent.close())
    await once(silent, 'listening')
    const stop = new AbortController()
    const sending = mailer({ port: (silent.address() as AddressInfo).port }).send(messageOf(), { signal: stop.signal })
    await once(silent, 'connection')
    stop.abort(new Error('enough'))
    await expect(sending).rejects.toBe(stop.signal.reason)
  })
})

/** A root of one's own in a file, and certificates of it. */
async function makeRoots() {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-mail-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const root = await makeAuthority('Mail Root')
  const caFile = join(folder, 'root.pem')
  await writeFile(caFile, root.pem)
  const shows = async (name: string) => {
    const { pem, key } = await makeLeaf(root, [name])
    return { cert: pem, key, disabledCommands: [] }
  }
  return { caFile, shows }
}

describe.each([
  ['TLS from the start', 'tls', { secure: true }],
  ['STARTTLS', 'starttls', {}],
] as const)('mail over %s', (_, tls, o) => {
  const password = 'the-password-of-mail'
  const secured = { authOptional: false, allowInsecureAuth: false }

  it('is given to a server that is trusted, and the password with it', async () => {
    const { caFile, shows } = await makeRoots()
    const given: unknown[] = []
    const { port, mails } = await startServer({
      ...o,
      ...secured,
      ...(await shows('localhost')),
      onAuth: (auth, { secure }, done) => {
        given.push([auth.password, secure])
        done(null, { user: 'me' })
      },
    })
    const mail = { host: 'localhost', port, tls, caFile, user: 'me', password }
    expect(await mailer(mail).send(messageOf(), { signal: ALWAYS })).toEqual({ warnings: [] })
    expect(mails).toHaveLength(1)
    expect(given).toEqual([[password, true]])
  })

  it('is not given to one that is not trusted, or has another name, nor is the password', async () => {
    const { caFile, shows } = await makeRoots()
    const given: unknown[] = []
    const onAuth: SMTPServerOptions['onAuth'] = (auth, _, done) => {
      given.push(auth)
      done(null, { user: 'me' })
    }
    const right = await startServer({ ...o, ...secured, ...(await shows('localhost')), onAuth })
    const wrong = await startServer({ ...o, ...secured, ...(await shows('mail.example.com')), onAuth })
    for (const mail of [{ port: right.port }, { port: wrong.port, caFile }]) {
      const sending = mailer({ host: 'localhost', tls, user: 'me', password, ...mail }).send(messageOf(), { signal: ALWAYS })
      await expect(sending).rejects.toMatchObject({
        code: 'CHANNEL_REFUSED',
        message: expect.stringContaining('not trusted'),
        hint: expect.stringContaining('caFile'),
      })
    }
    expect(given).toEqual([])
    expect([...right.mails, ...wrong.mails]).toEqual([])
  })

  it('says when the file of roots is none', async () => {
    const { caFile } = await makeRoots()
    const refused = { code: 'CHANNEL_REFUSED', message: expect.stringContaining(caFile) }
    const send = () => mailer({ port: 1, tls, caFile }).send(messageOf(), { signal: ALWAYS })
    await writeFile(caFile, 'no certificate')
    await expect(send()).rejects.toMatchObject(refused)
    await rm(caFile)
    await expect(send()).rejects.toMatchObject(refused)
  })
})

it('is never given to a server in clear text where TLS is wanted, also when STARTTLS is cut out on the way', async () => {
  const { port, mails } = await startServer({ hideSTARTTLS: true, disabledCommands: [] })
  for (const tls of ['starttls', 'tls'])
    await expect(mailer({ port, tls }).send(messageOf(), { signal: ALWAYS })).rejects.toMatchObject({
      code: expect.stringMatching(/^CHANNEL_/),
    })
  expect(mails).toEqual([])
})

function refuseData(code: number): NonNullable<SMTPServerOptions['onData']> {
  return (stream, _, done) => {
    stream.resume()
    stream.on('end', () => done(smtpError(code, 'no')))
  }
}

it.each([
  { from: 'nobody' },
  { from: 'a@b.example\r\nBcc: c@d.example' },
  { to: 'a@b.example, c@d.example' },
  { to: [] },
  { host: 'mail example' },
  { port: 0 },
  { tls: 'maybe' },
])('refuses %j', (wrong) => {
  expect(() => mailer(wrong)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})
