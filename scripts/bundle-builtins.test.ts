import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { expect, it } from 'vitest'
import { takeBuiltins } from './bundle-builtins.ts'

it.each([
  [
    'import{readFile as a,rm}from"node:fs/promises";a()',
    'const {readFile:a,rm}=process.getBuiltinModule("node:fs/promises");a()',
  ],
  ['import path from"node:path";path', 'const path=process.getBuiltinModule("node:path");path'],
  ['import process from"node:process";import p from"node:path";process', 'const p=process.getBuiltinModule("node:path");process'],
  ['import*as fs from"node:fs";fs', 'const fs=process.getBuiltinModule("node:fs");fs'],
  ['import { a as b } from "node:os";\nb', 'const { a:b }=process.getBuiltinModule("node:os");\nb'],
  [
    'import{createHash,randomBytes as r,constants as c}from"node:crypto";',
    'const createHash=(...args)=>process.getBuiltinModule("node:crypto").createHash(...args);const r=(...args)=>process.getBuiltinModule("node:crypto").randomBytes(...args);const {constants:c}=process.getBuiltinModule("node:crypto");',
  ],
  ['import{a}from"./chunk.js";import("node:sqlite")', 'import{a}from"./chunk.js";import("node:sqlite")'],
])('%s', (before, after) => expect(takeBuiltins(before)).toBe(after))

it('a certificate is one whenever its class is asked for', async () => {
  const code = takeBuiltins('import{X509Certificate as C,createHash}from"node:crypto";export{C,createHash};')
  const { C, createHash } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  const [pem] = rootCertificates
  const certificate = new C(pem)
  expect(certificate).toBeInstanceOf(X509Certificate)
  expect(certificate instanceof C).toBe(true)
  expect({} instanceof C).toBe(false)
  expect(createHash('sha256').update('').digest('hex')).toMatch(/^e3b0c442/)
})
