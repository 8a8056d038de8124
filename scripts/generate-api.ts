// docs/api: every export of the libraries with its declaration and what is written of it, from the types that are published.
// TypeScript 7 has no API to ask yet, and typedoc none of its own: TypeScript 6 reads the same declarations.
import { join, relative } from 'node:path'
import ts from 'typescript-6'
import { API_PAGES, type ApiPage, pageOf } from './api-pages.ts'

export interface ApiExport {
  name: string
  page: ApiPage
  kind: 'function' | 'class' | 'constant' | 'type'
  /** As it is declared, comments of its members within. */
  code: string
  /** What is written above it, in Markdown. */
  about: string
  /** Types that it speaks of, and that nobody can import. */
  hidden: string[]
}

const LIBRARIES = ['core', 'providers', 'sandbox'] as const
/** A constant that is longer is a table: its type tells nobody more than its name. */
const LONGEST_CONSTANT = 12

/** Paths are POSIX, below the root. */
export function generateApi(root: string): { path: string; content: string }[] {
  const libraries = readApi(root)
  const pages = API_PAGES.flatMap((page) => {
    const of = libraries.flatMap(({ exports }) => exports.filter((one) => one.page === page))
    return of.length === 0 ? [] : [{ path: `docs/api/${page.file}`, content: pageText(page, of) }]
  })
  return [{ path: 'docs/api/README.md', content: contentsText(libraries) }, ...pages]
}

/** All that the libraries give out. */
export function readApi(root: string): { name: string; exports: ApiExport[] }[] {
  const program = ts.createProgram(
    LIBRARIES.map((name) => entryOf(root, name)),
    { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, noEmit: true, allowImportingTsExtensions: true },
  )
  const checker = program.getTypeChecker()
  const known = new Set(LIBRARIES.flatMap((name) => frontDoor(program, root, name).map((one) => resolved(checker, one))))
  return LIBRARIES.map((name) => ({ name, exports: exportsOf(program, root, name, known) }))
}

function resolved(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function frontDoor(program: ts.Program, root: string, library: string): ts.Symbol[] {
  const file = program.getSourceFile(entryOf(root, library))
  const module = file && program.getTypeChecker().getSymbolAtLocation(file)
  if (!module) throw new Error(`packages/${library} is not built: npm run build`)
  return program.getTypeChecker().getExportsOfModule(module)
}

/** Names of types of ours that a declaration speaks of, and nobody can import. */
function hiddenIn(checker: ts.TypeChecker, declarations: readonly ts.Declaration[], known: ReadonlySet<ts.Symbol>): string[] {
  const hidden = new Set<string>()
  const look = (node: ts.Node): void => {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : undefined
    const there = name && checker.getSymbolAtLocation(name)
    const symbol = there && resolved(checker, there)
    const isOurs = symbol?.declarations?.some((one) => /\/packages\/\w+\/dist\//.test(one.getSourceFile().fileName))
    if (symbol && isOurs && !(symbol.flags & ts.SymbolFlags.TypeParameter) && !known.has(symbol)) hidden.add(symbol.name)
    ts.forEachChild(node, look)
  }
  for (const declaration of declarations) look(declaration)
  return [...hidden].sort()
}

function entryOf(root: string, library: string): string {
  return join(root, 'packages', library, 'dist', 'index.d.ts')
}

/** All that the front door of a library gives out, in the order of the alphabet. */
function exportsOf(program: ts.Program, root: string, library: string, known: ReadonlySet<ts.Symbol>): ApiExport[] {
  const checker = program.getTypeChecker()
  return frontDoor(program, root, library)
    .map((given) => {
      const symbol = resolved(checker, given)
      const declarations = symbol.declarations ?? []
      const [first] = declarations
      if (!first) throw new Error(`${library}: ${given.name} is declared nowhere`)
      const source = relative(join(root, 'packages', library, 'dist'), first.getSourceFile().fileName).replaceAll('\\', '/')
      const about = ts.displayPartsToString(symbol.getDocumentationComment(checker))
      const tags = symbol.getJsDocTags(checker).map(({ name, text = [] }) => tagText(name, ts.displayPartsToString(text)))
      return {
        name: given.name,
        kind: kindOf(first),
        hidden: hiddenIn(checker, declarations, known),
        page: pageOf(library, source, given.name),
        code: declarations.map((one) => codeOf(one, symbol.name, given.name)).join('\n'),
        about: [linksAsText(about), ...tags].filter((text) => text !== '').join('\n\n'),
      } satisfies ApiExport
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function kindOf(node: ts.Declaration): ApiExport['kind'] {
  if (ts.isFunctionDeclaration(node)) return 'function'
  if (ts.isClassDeclaration(node)) return 'class'
  return ts.isVariableDeclaration(node) ? 'constant' : 'type'
}

function codeOf(node: ts.Declaration, own: string, exported: string): string {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node
  const text = statement
    .getText()
    .replace(/^export /, '')
    .replace(/^declare /, '')
    .replaceAll(/^(?: {4})+/gm, (spaces) => ' '.repeat(spaces.length / 2))
    .replaceAll(/;$/gm, '')
  const lines = text.split('\n')
  const shown = ts.isVariableDeclaration(node) && lines.length > LONGEST_CONSTANT ? `${lines[0]} … }` : text
  return own === exported ? shown : shown.replace(new RegExp(`\\b${own}\\b`), exported)
}

function tagText(name: string, text: string): string {
  const told = linksAsText(text).trim()
  if (name === 'throws') return `Throws: ${told}`
  if (name === 'param') return `- ${told.replace(/^(\S+)/, '`$1`:')}`
  return told === '' ? '' : `${name}: ${told}`
}

function linksAsText(text: string): string {
  return text.replaceAll(/\{@link ([^}]+)\}/g, (_, target: string) => `\`${target.trim()}\``)
}

const anchor = (name: string) => name.toLowerCase()

/** What is called goes before what it takes. */
const ORDER: readonly ApiExport['kind'][] = ['function', 'class', 'constant', 'type']

function pageText({ title, about }: ApiPage, exports: readonly ApiExport[]): string {
  const ordered = exports.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
  const sections = ordered.map(
    ({ name, about: text, code }) => `## ${name}\n\n${text === '' ? '' : `${text}\n\n`}\`\`\`ts\n${code}\n\`\`\`\n`,
  )
  return `# ${title}\n\n<!-- Made from the sources by scripts/generate-api.ts: npm run gen -->\n\n${about} [All exports](README.md)\n\n${sections.join('\n')}`
}

function contentsText(libraries: readonly { name: string; exports: readonly ApiExport[] }[]): string {
  const parts = libraries.map(({ name, exports }) => {
    const rows = exports.map(
      ({ name: one, kind, page, about }) => `| [\`${one}\`](${page.file}#${anchor(one)}) | ${kind} | ${firstSentence(about)} |`,
    )
    return `## @domainctl/${name}\n\n| export | | |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  const pages = API_PAGES.map(({ file, title, about }) => `- [${title}](${file}): ${about}`)
  return `# The library\n\n<!-- Made from the sources by scripts/generate-api.ts: npm run gen -->\n\nES modules with types, for Node from 22.22 on. Importing does nothing; \`createDomainctl\` opens a state and connects to nothing else. Types are checked with TypeScript 6 and 7, and need either \`@types/node\` or the library \`dom\`.\n\n${pages.join('\n')}\n\n${parts.join('\n')}`
}

function firstSentence(about: string): string {
  const [first = ''] = about.split(/(?<=\.)\s|\n\n/)
  return first.replaceAll('\n', ' ').replaceAll('|', '\\|')
}
