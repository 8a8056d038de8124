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
  ['import{a}from"./chunk.js";import("node:sqlite")', 'import{a}from"./chunk.js";import("node:sqlite")'],
])('%s', (before, after) => expect(takeBuiltins(before)).toBe(after))
