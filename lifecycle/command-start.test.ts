import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))

/** Tells what the process came to load: files, modules of Node, and slow things that were done. */
const WATCH = `
const { writeFileSync } = require('node:fs')
const { registerHooks } = require('node:module')
const net = require('node:net')
const before = new Set(process.moduleLoadList)
const files = [], done = new Set()
registerHooks({ load: (url, context, next) => (files.push(url.split('/').at(-1)), next(url, context)) })
for (const name of ['isIP', 'isIPv6']) {
  const test = net[name]
  net[name] = (text) => (done.add('a test for IPv6'), test(text))
}
globalThis.Uint32Array = new Proxy(Uint32Array, {
  construct: (whole, args) => (args[0] > 5000 && done.add('the Public Suffix List'), new whole(...args)),
})
process.on('exit', () => {
  const modules = process.moduleLoadList.filter((one) => !before.has(one) && one.startsWith('NativeModule '))
  const loaded = { files, modules: modules.map((one) => one.slice('NativeModule '.length)), done: [...done] }
  writeFileSync(process.env.LOADED, JSON.stringify(loaded))
})`

interface Loaded {
  files: string[]
  modules: string[]
  done: string[]
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'domainctl-start-'))
  writeFileSync(join(folder, 'watch.cjs'), WATCH)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function loadedBy(...argv: string[]): Loaded {
  const env = { PATH: process.env.PATH, HOME: folder, LOADED: join(folder, 'loaded.json') }
  const watched = ['--require', join(folder, 'watch.cjs'), bin, ...argv]
  const { status, stderr } = spawnSync(process.execPath, watched, { cwd: folder, env, encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return JSON.parse(readFileSync(env.LOADED, 'utf8'))
}

// Each of them costs every start some milliseconds.
const HEAVY = ['child_process', 'crypto', 'dns', 'dns/promises', 'http', 'https', 'readline', 'tls', 'worker_threads', 'zlib']

const SUFFIXES = 'the Public Suffix List'

it('add reads the Public Suffix List', () => {
  expect(loadedBy('add', 'shop.example', '--ownership', 'none').done).toEqual([SUFFIXES])
})

it.each([
  { line: 'list --json' },
  { line: 'list' },
  { line: 'list --status failed' },
  // A name that is given is checked.
  { line: 'show shop.example', done: [SUFFIXES] },
  { line: 'history shop.example', done: [SUFFIXES] },
  { line: 'audit --limit 20' },
  { line: 'account list' },
  { line: 'config show' },
])('$line loads nothing that it does not need', ({ line, done = [] }) => {
  const loaded = loadedBy(...line.split(' '))
  expect(loaded.modules.filter((one) => HEAVY.includes(one))).toEqual([])
  expect(loaded.done).toEqual(done)
  // Each costs a quarter of a millisecond to find; the build puts those together that come together (scripts/merge-chunks.ts).
  expect(loaded.files.length).toBeLessThan(25)
})

it('--version loads neither commander nor a command', () => {
  const { files } = loadedBy('--version')
  expect(files.filter((file) => /^(main|commands)-/.test(file))).toEqual([])
  expect(files.length).toBeLessThan(7)
})
