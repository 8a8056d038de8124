import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from './command.test.support.ts'
import { addOptions } from './domain-flags.ts'

describe('the flags of the HTTP probe', () => {
  it.each([
    [{}, {}],
    [{ probe: true }, { probe: true }],
    [{ probe: false }, { probe: false }],
    [{ probePath: '/ready' }, { probe: { path: '/ready' } }],
    [{ probe: true, probeToken: 'abc123' }, { probe: { token: 'abc123' } }],
    [{ probePath: '/ready', probeToken: 'abc123' }, { probe: { path: '/ready', token: 'abc123' } }],
  ])('%j are %j', (flags, options) => {
    expect(addOptions(flags)).toEqual(options)
  })

  it.each([
    [{ probe: false, probePath: '/ready' }, /--no-probe and --probe-path/],
    [{ probe: false, probeToken: 'abc123' }, /--no-probe and --probe-token/],
  ])('%j do not go together', (flags, message) => {
    expect(() => addOptions(flags)).toThrow(message)
  })

  it('go from the command line into the state, and name no domain by mistake', async () => {
    const folder = await temporaryFolder()
    const added = await runIn(folder, ['add', '--provider', 'manual', '--probe', 'a.example.com', '--json'])
    expect(added.json()).toMatchObject({
      results: [{ name: 'a.example.com', domain: { status: 'pending_probe', probe: { path: '/.well-known/domainctl' } } }],
    })
    const flags = ['--probe-path', '/ready', '--probe-token', 'abc123']
    const chosen = await runIn(folder, ['add', 'b.example.com', ...flags, '--json'])
    const shown = { probe: { path: '/ready', token: { set: true } } }
    expect(chosen.json()).toMatchObject({ results: [{ domain: shown }] })
    const listed = await runIn(folder, ['list', '--json'])
    expect(listed.json()).toMatchObject({ domains: [{}, shown] })
    expect((await runIn(folder, ['show', 'b.example.com'])).stdout).toMatch(/HTTP probe +\/ready, with a token \(set\)/)
    const other = await runIn(folder, ['add', 'b.example.com', '--probe-path', '/ready', '--probe-token', 'def456'])
    expect(other.stderr).toContain('probe: is ["/ready","a token"], asked for was ["/ready","another token"]')
    const elsewhere = ['--resolver', '127.0.0.1:1', '--allow-private']
    const looked = await runIn(folder, ['doctor', 'd.example.com', ...flags, ...elsewhere])
    expect(looked.stdout).toContain(`--probe-path /ready --probe-token TOKEN ${elsewhere.join(' ')}`)
    for (const { stdout, stderr } of [chosen, listed, other, looked]) expect(stdout + stderr).not.toMatch(/abc123|def456/)
    expect(await runIn(folder, ['add', 'c.example.com', '--probe-path', 'ready'])).toMatchObject({ code: 2 })
  })
})
