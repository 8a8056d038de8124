import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Metafile } from 'esbuild'
import { mitOf } from './mit-license.ts'

/** A package of others of which code is in a bundle. */
export interface BundledPackage {
  name: string
  version: string
  /** An SPDX expression, as its package.json says it. */
  license: string
  /** Its licenses and notices, each with the path of its file in the package, in the order of these. */
  texts: { file: string; text: string }[]
}

interface Found extends BundledPackage {
  repository: string | undefined
  author: string | undefined
}

/** Licenses that let code be passed on in a bundle under another license, when their text comes along. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
])

const LICENSE = /^(licen[cs]e|copying|unlicense)([-._].*)?$/i
const NOTICE = /^notice([-._].*)?$/i
/** Up to the innermost package of a path. */
const PACKAGE = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/

/**
 * Data that a package carries under a license of its own, and of which no file of it says so.
 * MPL-2.0 §3.3 lets it be part of a larger work, and §3.2 asks to say where its source is.
 */
const DATA: Readonly<Record<string, string>> = {
  tldts: [
    'The Public Suffix List in it is subject to the Mozilla Public License, v. 2.0 (https://mozilla.org/MPL/2.0/).',
    'Its source is https://publicsuffix.org/list/public_suffix_list.dat.',
  ].join('\n'),
}

/**
 * The packages of others of which code got into a bundle; what esbuild read and left out is not among them.
 * @param root what the paths of the metafile start from
 * @throws when one has a license that is not allowed, or comes without its text
 */
export function bundledPackages(metafile: Pick<Metafile, 'outputs'>, root: string): BundledPackage[] {
  const folders = new Map<string, Set<string>>()
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const path = resolve(root, input)
      const folder = PACKAGE.exec(path)?.[1]
      if (bytesInOutput === 0 || folder === undefined) continue
      folders.set(folder, (folders.get(folder) ?? new Set()).add(dirname(path)))
    }
  }
  const found = [...folders].map(([folder, within]) => readPackage(folder, within))
  return found.map((one) => ({ name: one.name, version: one.version, license: one.license, texts: withLicense(one, found) }))
}

/** `THIRD-PARTY-NOTICES.txt`: each package once, in the order of their names; those with the same texts share one entry. */
export function noticesText(published: string, packages: readonly BundledPackage[]): string {
  const same = Map.groupBy(packages, ({ name, version }) => `${name} ${version}`)
  const once = [...same.values()].map((bundled) => bundled.reduce(joined))
  const byTexts = Map.groupBy(once.sort(byName), ({ texts }) => wholeText(texts))
  const line = '='.repeat(78)
  const entries = [...byTexts].map(([text, sharing]) => {
    const heading = sharing.map(({ name, version, license }) => `${name} ${version} (${license})`).join('\n')
    return `${line}\n${heading}\n${line}\n\n${text}\n`
  })
  return [`${published} contains code of the packages below, each under its own license.\n`, ...entries].join('\n')
}

/** One package of several bundles: other files of it may be in each, with licenses of their own beside them. */
function joined(same: BundledPackage, other: BundledPackage): BundledPackage {
  const more = other.texts.filter(({ file }) => same.texts.every((one) => one.file !== file))
  return { ...same, texts: [...same.texts, ...more].sort((a, b) => byPath(a.file, b.file)) }
}

/** @param within folders of the files that are in the bundle: what came from elsewhere has a license of its own beside it */
function readPackage(folder: string, within: ReadonlySet<string>): Found {
  const { name, version, license, repository, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (typeof license !== 'string' || !isAllowed(license)) {
    throw new Error(
      `${name} ${version} has the license ${JSON.stringify(license)}: scripts/third-party-notices.ts does not allow it`,
    )
  }
  const files = [...new Set([...within].flatMap((inner) => noticesUpTo(folder, inner)))].sort(byPath)
  const texts = files.map((file) => ({ file: file.replaceAll(sep, '/'), text: textOf(join(folder, file)) }))
  if (DATA[name] !== undefined) texts.push({ file: 'data', text: DATA[name] })
  return { name, version, license, texts, repository: repository?.url ?? repository, author: author?.name ?? author }
}

/** Paths in the package of all licenses and notices from its root down to a folder in it. */
function noticesUpTo(root: string, inner: string): string[] {
  const found: string[] = []
  for (let folder = inner; folder === root || folder.startsWith(root + sep); folder = dirname(folder)) {
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
      // Code may be called license.js.
      if (!(LICENSE.test(file) || NOTICE.test(file)) || /\.([cm]?[jt]s|json|map)$/.test(file)) continue
      found.push(relative(root, join(folder, file)))
    }
  }
  return found
}

/** Some packages leave the text out: then it is that of their siblings, or for MIT, which is one text, that with their author. */
function withLicense(one: Found, others: readonly Found[]): BundledPackage['texts'] {
  const ofLicense = ({ texts }: Found) => texts.filter(({ file }) => LICENSE.test(file))
  if (ofLicense(one).length > 0) return one.texts
  const sibling = others.find(
    (other) => other.repository === one.repository && other.license === one.license && ofLicense(other).length > 0,
  )
  if (one.repository !== undefined && sibling) return [...ofLicense(sibling), ...one.texts]
  if (one.license === 'MIT' && one.author !== undefined) return [{ file: 'LICENSE', text: mitOf(one.author) }, ...one.texts]
  throw new Error(`${one.name} ${one.version} comes without the text of its license, ${one.license}`)
}

/** `(MIT OR GPL-2.0-only)` leaves the choice to us; `BSD-3-Clause AND MIT` does not. */
export function isAllowed(expression: string): boolean {
  const licenses = (choice: string) => choice.split(' AND ').map((license) => license.replace(/[()]/g, '').trim())
  return expression.split(' OR ').some((choice) => licenses(choice).every((license) => ALLOWED.has(license)))
}

function wholeText(texts: BundledPackage['texts']): string {
  return texts.map(({ file, text }) => (texts.length === 1 ? text : `--- ${file}\n\n${text}`)).join('\n\n')
}

function textOf(file: string): string {
  const lines = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
  const text = lines.map((line) => line.trimEnd()).join('\n')
  return text.replace(/^\n+|\n+$/g, '')
}

/** Not in the order of the machine's language: the file is the same everywhere. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function byName(a: BundledPackage, b: BundledPackage): number {
  return compare(a.name, b.name) || compare(a.version, b.version)
}

/** The root's own first. */
function byPath(a: string, b: string): number {
  return a.split(sep).length - b.split(sep).length || compare(a, b)
}
