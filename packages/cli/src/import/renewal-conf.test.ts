import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readRenewalConf, wordOf } from './renewal-conf.ts'

it('reads what certbot 2 writes', () => {
  const { settings, params, webroots } = readRenewalConf(`# renew_before_expiry = 30 days
version = 2.1.0
archive_dir = /etc/letsencrypt/archive/example.com

# Options used in the renewal process
[renewalparams]
account = 0123456789abcdef
authenticator = webroot
webroot_path = /var/www/html,
server = https://acme-v02.api.letsencrypt.org/directory
renew_hook = "systemctl reload nginx, haproxy"
preferred_chain = 'ISRG Root X1'
reuse_key = True   # on purpose
dns_x_credentials = None
[[webroot_map]]
example.com = /var/www/html
"www.example.com" = /srv/www
`)
  expect(settings.get('version')).toBe('2.1.0')
  expect(Object.fromEntries(params)).toMatchObject({
    authenticator: 'webroot',
    renew_hook: 'systemctl reload nginx, haproxy',
    preferred_chain: 'ISRG Root X1',
    reuse_key: 'True',
  })
  expect(wordOf(params, 'dns_x_credentials')).toBeUndefined()
  expect(wordOf(params, 'nobody')).toBeUndefined()
  expect([...webroots]).toEqual([
    ['example.com', '/var/www/html'],
    ['www.example.com', '/srv/www'],
  ])
})

it('reads what certbot 0.9 wrote', () => {
  const { params } = readRenewalConf(
    'cert = /etc/letsencrypt/live/a/cert.pem\n[renewalparams]\nauthenticator = standalone\ntls_sni_01_port = 443\ninstaller = None\n',
  )
  expect(wordOf(params, 'authenticator')).toBe('standalone')
  expect(wordOf(params, 'installer')).toBeUndefined()
})

it('gives back any setting, and never fails', () => {
  const word = fc.stringMatching(/^[a-z_]{1,12}$/)
  const value = fc.stringMatching(/^[A-Za-z0-9/:., _-]{0,30}$/).map((text) => text.trim())
  fc.assert(
    fc.property(fc.dictionary(word, value), fc.string(), (written, noise) => {
      const lines = Object.entries(written).map(([name, of]) => `${name} = ${of}`)
      expect(Object.fromEntries(readRenewalConf(['[renewalparams]', ...lines].join('\n')).params)).toEqual({ ...written })
      expect(() => readRenewalConf(noise)).not.toThrow()
    }),
  )
})

it('reads a long line as fast as it is long', { timeout: 5_000 }, () => {
  const blanks = ' '.repeat(60_000)
  for (const line of [
    `[${blanks}x`,
    `[a${blanks}x`,
    `a${blanks}x`,
    `a = b${blanks}x`,
    `a = ${'# '.repeat(30_000)}\u2028`,
    '['.repeat(60_000),
  ])
    readRenewalConf(`${line}\n`)
  expect(readRenewalConf(`[${blanks}renewalparams${blanks}]\na${blanks}=${blanks}b${blanks}# c`).params.get('a')).toBe('b')
})
