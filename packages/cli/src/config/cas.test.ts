import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'

const HMAC = 'c2VjcmV0LW9mLXRoZS1leHRlcm5hbC1hY2NvdW50'
const ZEROSSL = '{eabKid: kid-1, eabHmacKey: "env:EAB"}'
const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

async function folderWith(content?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-cas-'))
  folders.push(folder)
  if (content !== undefined) await writeFile(join(folder, 'domainctl.config.yaml'), content)
  return folder
}

const load = async (content?: string, env: Record<string, string> = {}, flags = {}) =>
  await loadConfig(flags, { cwd: await folderWith(content), env })

/** A function in its place is called. */
const accountOf = (account: unknown) => (typeof account === 'function' ? account() : account)

describe('CAs of the configuration', () => {
  it('have their external account each, its key read when it is needed', async () => {
    const content = `ca: [letsencrypt, zerossl, house]\ncas: {zerossl: ${ZEROSSL}, house: {directory: https://ca.house.test/acme, root: root.pem, timeout: 2m}}\n`
    const { cas, settings } = await load(content, { EAB: HMAC })
    expect(settings.ca).toEqual(['letsencrypt', 'zerossl', 'house'])
    expect(await accountOf(cas.zerossl?.externalAccount)).toEqual({ kid: 'kid-1', hmacKey: HMAC })
    expect(cas.house).toMatchObject({ directory: 'https://ca.house.test/acme', timeoutMs: 120_000 })
    const { roots } = cas.house ?? {}
    await expect(typeof roots === 'function' ? roots() : roots).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/root\.pem: ENOENT/),
      hint: expect.stringContaining('cas.house.root'),
    })
    const without = await load(content)
    await expect(accountOf(without.cas.zerossl?.externalAccount)).rejects.toMatchObject({
      message: expect.stringContaining('cas.zerossl.eabHmacKey refers to the environment variable EAB'),
    })
  })

  it.each([
    ['a known one', 'zerossl', {}],
    ['a directory', 'https://ca.house.test/acme', { directory: 'https://ca.house.test/acme' }],
  ])('the environment says it for the one CA that there is: %s', async (_, ca, more) => {
    const env = { DOMAINCTL_CA: ca, DOMAINCTL_EAB_KID: 'kid-2', DOMAINCTL_EAB_HMAC_KEY: HMAC }
    const { cas } = await load(undefined, env)
    expect(cas).toEqual({ [ca]: { externalAccount: { kid: 'kid-2', hmacKey: HMAC }, ...more } })
  })

  it.each([
    [{ DOMAINCTL_EAB_KID: 'x' }, /eabKid is set and eabHmacKey is not/],
    [{ DOMAINCTL_EAB_HMAC_KEY: HMAC }, /eabHmacKey is set and eabKid is not/],
    [
      { DOMAINCTL_EAB_KID: 'x', DOMAINCTL_EAB_HMAC_KEY: HMAC, DOMAINCTL_CA: 'zerossl,google' },
      /there are several CAs \(zerossl, google\)/,
    ],
    [{ DOMAINCTL_CA: 'zerosll' }, /DOMAINCTL_CA: expected letsencrypt, .*found "zerosll" \(did you mean zerossl\?\)/],
  ])('%j is refused', async (env, message) => {
    const error: Error = await load(undefined, env).then(
      () => Promise.reject(new Error('taken')),
      (thrown) => thrown,
    )
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain(HMAC)
  })

  it.each([
    ['a flag and a variable', { DOMAINCTL_EAB_HMAC_KEY: HMAC }, { eabKid: 'kid-3' }, 'ca: zerossl', 'kid-3'],
    [
      'variables',
      { DOMAINCTL_EAB_KID: 'kid-4', DOMAINCTL_EAB_HMAC_KEY: HMAC },
      {},
      'ca: https://acme.zerossl.com/v2/DV90',
      'kid-4',
    ],
    ['nothing', {}, {}, 'ca: zerossl\neabKid: of-all\neabHmacKey: env:EAB', 'kid-1'],
  ])('what the file says of the CA counts after %s', async (_, env, flags, more, kid) => {
    const { cas } = await load(`cas: {zerossl: ${ZEROSSL}}\n${more}\n`, { EAB: HMAC, ...env }, flags)
    expect(Object.keys(cas)).toEqual(['zerossl'])
    expect(await accountOf(cas.zerossl?.externalAccount)).toEqual({ kid, hmacKey: HMAC })
  })

  it('a flag that names none is a matter of usage', async () => {
    await expect(load(undefined, {}, { ca: ['nobody'] })).rejects.toMatchObject({ code: 'USAGE' })
  })

  it.each([
    ['cas: {zerossl: {eabKid: x}}', /cas\.zerossl: expected .*both or neither/],
    ['cas: {zerossl: {timeout: 0s}}', /cas\.zerossl\.timeout: expected a duration .*found "0s"/],
    ['cas: {zerossl: {timeout: 30d}}', /cas\.zerossl\.timeout: expected a duration/],
    [`cas: {zerossl: {eabKid: x, eabHmacKey: ${HMAC}}}`, /cas\.zerossl\.eabHmacKey: expected a reference .*found another text/],
    ['cas: {house: {directory: ca.house.test}}', /cas\.house\.directory: expected the http\(s\) URL/],
    ['cas: {house: {url: "https://ca.house.test"}}', /cas\.house\.url is no setting/],
    ['cas: 7', /cas: expected a mapping/],
    [
      `cas: {zerosl: ${ZEROSSL}}`,
      /domainctl\.config\.yaml: cas\.zerosl: expected one of .*found neither \(did you mean zerossl\?\)/,
    ],
    [
      'cas: {zerossl: {}, mine: {directory: "https://acme.zerossl.com/v2/DV90"}}',
      /domainctl\.config\.yaml: cas\.mine: expected a directory that no other CA has, found that of cas\.zerossl/,
    ],
  ])('%j is refused', async (content, message) => {
    const error: Error = await load(`${content}\n`).then(
      () => Promise.reject(new Error('taken')),
      (thrown) => thrown,
    )
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain(HMAC)
  })
})

describe('the API key of ZeroSSL', () => {
  const keyOf = async (cas: Awaited<ReturnType<typeof load>>['cas'], name: string) => accountOf(cas[name]?.apiKey)

  it.each([
    ['the variable alone', {}, 'ca: zerossl', 'zerossl', 'of-variable'],
    ['the variable before the file', {}, 'cas: {zerossl: {apiKey: "env:KEY"}}', 'zerossl', 'of-variable'],
    ['by the name that the file has for it', {}, 'cas: {z: {directory: "https://acme.zerossl.com/v2/DV90"}}', 'z', 'of-variable'],
    [
      'of the one CA before that of the file for all',
      { DOMAINCTL_ZEROSSL_API_KEY: '' },
      'zerosslApiKey: env:OTHER\ncas: {zerossl: {apiKey: "env:KEY"}}',
      'zerossl',
      'of-file',
    ],
    ['of the file for all', { DOMAINCTL_ZEROSSL_API_KEY: '' }, 'zerosslApiKey: env:OTHER', 'zerossl', 'of-all'],
  ])('%s', async (_, env, content, name, expected) => {
    const { cas } = await load(content, { DOMAINCTL_ZEROSSL_API_KEY: 'of-variable', KEY: 'of-file', OTHER: 'of-all', ...env })
    expect(await keyOf(cas, name)).toBe(expected)
    expect(Object.keys(cas)).toEqual([name])
  })

  it.each([
    ['cas: {zerossl: {apiKey: secret-in-the-file}}', /cas\.zerossl\.apiKey: expected a reference .*found another text/],
    ['cas: {zerossl: {apiKey: "env:NONE"}}', null],
    ['cas: {zerossl: {externalAccountApi: 7}}', /cas\.zerossl\.externalAccountApi: expected the https URL/],
  ])('%s', async (content, refusal) => {
    if (refusal) {
      const thrown = await load(content).catch((thrown) => thrown)
      expect(thrown).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(refusal) })
      expect(thrown.message).not.toContain('secret-in-the-file')
      return
    }
    // It is read when it is needed.
    await expect(keyOf((await load(content)).cas, 'zerossl')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
